namespace Ratchet.Datasets.Csv;

/// <summary>A field and where it begins.</summary>
public readonly record struct CsvField(string Text, int Line, int Column);
