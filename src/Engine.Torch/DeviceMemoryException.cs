namespace Ratchet.Engine.Torch;

/// <summary>A device has too little memory for what it was asked to do. What was done before stays as it was.</summary>
/// <param name="device">"cuda:0", "cpu".</param>
/// <param name="work">What was being done: "The forward and backward pass of 512 tokens".</param>
/// <param name="remedy">What to do.</param>
/// <param name="inner">As the device's library said it.</param>
public sealed class DeviceMemoryException(string device, string work, string remedy, Exception? inner = null)
    : Exception($"{work} needs more memory than {device} has left. {remedy}", inner)
{
    /// <summary>"cuda:0", "cpu".</summary>
    public string Device => device;
}
