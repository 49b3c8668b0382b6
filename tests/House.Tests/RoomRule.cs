using System.Text.RegularExpressions;

namespace Ratchet.House.Tests;

/// <summary>Which rooms (folders of a project) may use which others, held against the sources.</summary>
/// <remarks>A mention counts, be it in a using line, fully qualified, or relative to the project's root namespace.</remarks>
public sealed class RoomRule(string project, IReadOnlyDictionary<string, string[]> mayUse)
{
    public IReadOnlyList<string> Trespasses(SourceTree tree)
    {
        var mention = new Regex($@"(?<![\w.])(?:Ratchet\.)?{Regex.Escape(project)}\.(?<room>\w+)", RegexOptions.CultureInvariant);
        IReadOnlyList<string> rooms = tree.Folders($"src/{project}");
        return
        [
            .. from room in rooms
               where mayUse.ContainsKey(room)
               from file in tree.Files($"src/{project}/{room}")
               from line in tree.Lines(file)
               where !IsComment(line)
               from Match match in mention.Matches(line)
               let used = match.Groups["room"].Value
               where used != room && rooms.Contains(used) && !mayUse[room].Contains(used)
               select $"{file}: {room} uses {used}: {line.Trim()}",
        ];
    }

    /// <summary>Rooms of which the table says nothing: a new one has to say what it may use.</summary>
    public IReadOnlyList<string> Unlisted(SourceTree tree) =>
        [.. tree.Folders($"src/{project}").Where(room => !mayUse.ContainsKey(room))];

    // Doc comments may point anywhere: `cref` to a room above is a signpost, not a use.
    private static bool IsComment(string line) => line.TrimStart().StartsWith("//", StringComparison.Ordinal);
}
