using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Aspire.Hosting.Orchestration;

/// <summary>Finds ports that nobody listens on, and gives none twice.</summary>
internal sealed class PortAllocator(bool randomize)
{
    // Below the range from which systems draw ports for outgoing connections: one of those could come between choice and start.
    private const int RandomMin = 10_000;
    private const int RandomMax = 32_767;
    private const int AttemptsMax = 1_000;

    private readonly HashSet<int> _given = [];

    /// <summary>The preferred port, the next free one above it, or a random one where none is preferred.</summary>
    public int Allocate(int? preferred)
    {
        for (int attempt = 0; attempt < AttemptsMax; attempt++)
        {
            int port = preferred is { } first && !randomize
                ? first + attempt
                : RandomNumberGenerator.GetInt32(RandomMin, RandomMax + 1);
            if (port <= IPEndPoint.MaxPort && !_given.Contains(port) && IsFree(port))
            {
                _given.Add(port);
                return port;
            }
        }

        throw new DistributedApplicationException(
            $"No free port was found in {AttemptsMax} attempts{(preferred is null ? "" : $" from {preferred} on")}. "
            + "Stop what holds them, or start with --randomize-ports.");
    }

    /// <summary>Whether both loopback addresses can be listened on: "localhost" means both.</summary>
    public static bool IsFree(int port) => CanListen(IPAddress.Loopback, port)
        && (!Socket.OSSupportsIPv6 || CanListen(IPAddress.IPv6Loopback, port));

    private static bool CanListen(IPAddress address, int port)
    {
        using var listener = new TcpListener(address, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressNotAvailable)
        {
            // No such address on this machine (a container without IPv6): nothing can hold the port there.
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
