namespace Ratchet.TrainerService.Cycles;

/// <summary>The lock under which something is written, and the token of this holder.</summary>
public sealed record Fence(string Name, long Token);

/// <summary>Somebody else holds the lock now: what this one does under it no longer counts.</summary>
public sealed class LockLostException(string name, long token, long seen) : Exception(
    $"The lock '{name}' was lost: token {seen} has been here since {token} was given. Another trainer goes on with it.");
