#:project ../src/SemanticKernel.Plugins/SemanticKernel.Plugins.csproj

// A kernel that knows what a running Ratchet knows. Start Ratchet (./run), then: Stack=Aspire dotnet run samples/semantic-kernel.cs
// Takes the gateway's address and, where it wants one, its key.
using Microsoft.SemanticKernel;
using Ratchet.SemanticKernel.Plugins;

string gateway = args.ElementAtOrDefault(0) ?? "http://localhost:5380";
var kernel = new Kernel();
kernel.Plugins.AddRatchet(gateway, args.ElementAtOrDefault(1));

foreach (KernelPlugin plugin in kernel.Plugins)
{
    Console.WriteLine($"{plugin.Name}: {string.Join(", ", plugin.Select(function => function.Name))}");
}

Console.WriteLine(await kernel.InvokeAsync<string>("trainer", "status"));
while (true)
{
    Console.Write("Question (empty to end): ");
    if (Console.ReadLine() is not { Length: > 0 } question)
    {
        break;
    }

    // A model with function calling would choose the function itself; this program is the model.
    Console.WriteLine(await kernel.InvokeAsync<string>("knowledge", "search", new KernelArguments { ["query"] = question }));
    Console.WriteLine(await kernel.InvokeAsync<string>("knowledge", "ask", new KernelArguments { ["question"] = question }));
}
