namespace Ratchet.Datasets;

/// <summary>One thing that is wrong with a file, or worth knowing.</summary>
/// <param name="Line">From 1; 0 where the file as a whole is meant.</param>
/// <param name="Column">Character in the line, from 1; 0 where the file or the line as a whole is meant.</param>
/// <param name="Code">For programs: see docs/formats/datasets.md.</param>
/// <param name="Message">For people: what was found, what was needed.</param>
public sealed record DatasetIssue(int Line, int Column, string Code, string Message);
