namespace Ratchet.Gateway.Access;

/// <summary>The command `make-key NAME ROLE`: prints a new key once, and the settings that let it in.</summary>
public static class MakeKey
{
    public static int Run(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        if (args is not [_, { Length: > 0 } name, { } word] || !Enum.TryParse(word, ignoreCase: true, out Role role))
        {
            Console.Error.WriteLine("make-key needs a name and a role: make-key NAME reader|curator|operator");
            return 2;
        }

        (string key, string hash) = KeyRing.Make();
        Console.WriteLine($"Key (shown this once): {key}");
        Console.WriteLine("Add to the configuration of the gateway (N is the next free number):");
        Console.WriteLine($"  Gateway__Keys__N__Name={name}");
        Console.WriteLine($"  Gateway__Keys__N__Role={role.ToString().ToLowerInvariant()}");
        Console.WriteLine($"  Gateway__Keys__N__Hash={hash}");
        return 0;
    }
}
