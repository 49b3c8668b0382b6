namespace Ratchet.Web.Components.Charts;

/// <summary>A measured difference with its doubt.</summary>
/// <param name="Value">Mean difference.</param>
/// <param name="Low">Lower end of the 95 % interval.</param>
/// <param name="High">Upper end of the 95 % interval.</param>
/// <param name="SampleCount">How many were compared.</param>
/// <param name="LowerIsBetter">True for losses, false for scores.</param>
public sealed record Difference(double Value, double Low, double High, int SampleCount, bool LowerIsBetter)
{
    /// <summary>True: better beyond doubt; false: worse beyond doubt; null: the interval holds zero.</summary>
    public bool? IsBetter =>
        High < 0 ? LowerIsBetter
        : Low > 0 ? !LowerIsBetter
        : null;
}
