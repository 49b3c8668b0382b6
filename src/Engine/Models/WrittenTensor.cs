using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Models;

/// <summary>How a tensor of a model went into a file.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Type">How it is stored.</param>
/// <param name="LargestDifference">The largest difference of any number from the model's, in absolute value; 0 where it went as it was.</param>
public readonly record struct WrittenTensor(string Name, ElementType Type, float LargestDifference);
