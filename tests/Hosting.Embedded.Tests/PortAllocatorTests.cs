using System.Net;
using System.Net.Sockets;
using Aspire.Hosting.Orchestration;

namespace Ratchet.Hosting.Embedded.Tests;

public sealed class PortAllocatorTests
{
    [Fact]
    public void A_taken_port_gives_the_next_free_one()
    {
        using var holder = new TcpListener(IPAddress.Loopback, 0);
        holder.Start();
        int taken = ((IPEndPoint)holder.LocalEndpoint).Port;

        int given = new PortAllocator(randomize: false).Allocate(taken);

        Assert.InRange(given, taken + 1, taken + 100);
    }

    [Fact]
    public void No_port_is_given_twice()
    {
        var allocator = new PortAllocator(randomize: false);
        int first = allocator.Allocate(null);

        Assert.NotEqual(first, allocator.Allocate(first));
    }

    [Fact]
    public void Random_ports_ignore_the_wish()
    {
        var allocator = new PortAllocator(randomize: true);

        int[] given = [allocator.Allocate(5380), allocator.Allocate(5381), allocator.Allocate(5382)];
        Assert.NotEqual([5380, 5381, 5382], given);
    }
}
