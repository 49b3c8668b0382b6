using System.Text.RegularExpressions;

namespace Ratchet.Upstream.Contracts.Tests;

/// <summary>A file of signatures/: lines of an upstream text, as they stand there, under the headers of their types.</summary>
internal static partial class SignatureFile
{
    /// <summary>Reads the types and members that a file names.</summary>
    /// <returns>The member is null where a header names a type.</returns>
    public static IEnumerable<(string Type, string? Member)> Read(IEnumerable<string> lines, IReadOnlySet<string> valueTypes)
    {
        string? type = null;
        foreach (string line in lines.Select(line => line.TrimEnd()).Where(line => line.Length > 0))
        {
            if (Aspire().Match(line) is { Success: true } aspire)
            {
                yield return (aspire.Groups["type"].Value, Member(aspire.Groups["type"].Value, aspire.Groups["member"].Value, valueTypes));
            }
            else if (AspireType().Match(line) is { Success: true } header)
            {
                type = $"{header.Groups["namespace"].Value}.{header.Groups["name"].Value}";
                yield return (type, null);
            }
            else if (PlainType().Match(line) is { Success: true } plain)
            {
                type = WithoutArity(plain.Groups["type"].Value);
                yield return (type, null);
            }
            else if (line.StartsWith('#'))
            {
                // A remark.
            }
            else if (TorchType().Match(line) is { Success: true } torchType)
            {
                yield return (WithoutArity(torchType.Groups["type"].Value), null);
            }
            else if (line[0] != ' ' && Torch().Match(line) is { Success: true } torch)
            {
                string owner = WithoutArity(torch.Groups["type"].Value);
                yield return (owner, Member(owner, torch.Groups["member"].Value, valueTypes));
            }
            else
            {
                yield return (
                    type ?? throw new FormatException($"'{line}' stands before the header of its type."), Member(type, line, valueTypes));
            }
        }
    }

    private static string Member(string type, string line, IReadOnlySet<string> valueTypes)
    {
        try
        {
            return MemberText.Canonical(type.Split('.')[^1], line, valueTypes);
        }
        catch (Exception e) when (e is FormatException or ArgumentOutOfRangeException or IndexOutOfRangeException)
        {
            throw new FormatException($"'{line}' of {type} could not be read: {e.Message}", e);
        }
    }

    private static string WithoutArity(string type) => string.Join('.', type.Split('<')[0].Split('.').Select(part => part.Split('`')[0]));

    [GeneratedRegex(@"^\[[\w.]+\] (?<type>[\w.]+) :: (?<member>.+)$")]
    private static partial Regex Aspire();

    [GeneratedRegex(@"^### (?<namespace>[\w.]+?)\.(?:(?:static|sealed|abstract|ref|readonly) )*(?:class|interface|enum|record struct|record|struct|delegate) (?<name>\w+)")]
    private static partial Regex AspireType();

    [GeneratedRegex(@"^## (?<type>[\w.+`]+)")]
    private static partial Regex PlainType();

    [GeneratedRegex(@"^TYPE (?<type>[\w.`]+)")]
    private static partial Regex TorchType();

    [GeneratedRegex(@"^(?<type>[\w`]+(\.[\w`]+)*)\.(?<member>\w+(\(| ).*)$")]
    private static partial Regex Torch();
}
