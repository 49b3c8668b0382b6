# For run, test and .ci/run: sets and exports Stack by the rule of eng/Stack.props, and says why in stack_reason.
choose_stack() {
  if [ -n "${Stack:-}" ]; then
    stack_reason="the environment variable Stack says so"
  elif [ -n "${DOCKER_HOST:-}" ]; then
    Stack=Aspire stack_reason="a container runtime is at $DOCKER_HOST"
  else
    Stack=Embedded stack_reason="no container runtime was found"
    local socket
    for socket in /var/run/docker.sock "$HOME/.docker/run/docker.sock" /run/podman/podman.sock \
      "${XDG_RUNTIME_DIR:-/run/user/0}/podman/podman.sock"; do
      if [ -e "$socket" ]; then
        Stack=Aspire stack_reason="a container runtime is at $socket"
        break
      fi
    done
  fi

  case "$Stack" in
    Aspire|Embedded) export Stack ;;
    *) echo "Stack is '$Stack'; it can be Aspire or Embedded." >&2; return 2 ;;
  esac
}
