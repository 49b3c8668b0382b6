using Ratchet.Engine.Adapters;
using Ratchet.Engine.Models;

namespace Ratchet.TrainerService.Infrastructure.Managed;

/// <summary>A run that begins with the principal part of the weights (PiSSA): what is published is a plain adapter for the untouched base.</summary>
internal sealed class PrincipalRun : IDisposable
{
    private readonly DecoderModel _model;
    private readonly PrincipalAdapter _parts;
    private readonly LoraAdapter _initial;
    private bool _isTaken;

    public PrincipalRun(DecoderModel model, LoraConfig lora, ulong seed)
    {
        _model = model;
        _parts = PrincipalAdapter.Take(model, lora, seed);
        try
        {
            _initial = Copy(_parts.Adapter, model);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The principal part, to be trained; the caller's from here on.</summary>
    public LoraAdapter Take()
    {
        _isTaken = true;
        return _parts.Adapter;
    }

    /// <summary>Does something with the plain adapter, while the model has its own weights.</summary>
    public void OnBase(LoraAdapter trained, Action<LoraAdapter> body)
    {
        using LoraAdapter plain = PrincipalAdapter.ToPlain(trained, _initial, _model);
        _parts.WithOwnWeights(() => body(plain));
    }

    public void Dispose()
    {
        if (!_isTaken)
        {
            _parts.Adapter.Dispose();
        }

        _initial?.Dispose();
        _parts.Dispose();
    }

    private static LoraAdapter Copy(LoraAdapter adapter, DecoderModel model)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("ratchet-pissa-");
        try
        {
            adapter.Save(folder.FullName);
            return LoraAdapter.Load(folder.FullName, model);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
