namespace Ratchet.Engine.Training;

/// <summary>How the learning rate goes on after warm-up.</summary>
public enum ScheduleShape
{
    /// <summary>Stays.</summary>
    Constant,

    /// <summary>Falls to 0 in a line.</summary>
    Linear,

    /// <summary>Falls to 0 in half a cosine.</summary>
    Cosine,

    /// <summary>Falls to 0 in half a cosine several times, starting from the top each time.</summary>
    CosineWithRestarts,
}
