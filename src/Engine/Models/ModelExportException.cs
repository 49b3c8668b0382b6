namespace Ratchet.Engine.Models;

/// <summary>A format cannot tell what a model or an adapter computes. The message says what, and which format can.</summary>
public sealed class ModelExportException(string message) : Exception(message);
