namespace Ratchet.ServiceDefaults.Events;

/// <summary>Something that happened in a service, numbered by it.</summary>
/// <param name="Seq">1, 2, 3 ... without a gap, for ever.</param>
/// <param name="Type">Noun and past participle, for example adapter.promoted.</param>
/// <param name="Data">JSON.</param>
/// <param name="CreatedAt">Unix seconds.</param>
public sealed record EventRecord(long Seq, string Type, string Data, long CreatedAt);
