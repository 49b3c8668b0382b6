using Ratchet.Engine.Torch.Devices;
using Ratchet.Engine.Torch.Passes;
using Ratchet.Engine.Training.Data;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Ratchet.Engine.Torch.Training;

/// <summary>Forward and backward of packed samples on a device.</summary>
/// <remarks>
/// Where every layer's activations fit, torch's tape keeps them. Else the layers run once without a tape, keeping their inputs alone, and
/// each runs once more with one when the backward pass comes to it (Chen et al. 2016, https://arxiv.org/abs/1604.06174). The tape ends
/// before the head either way: logits are made a chunk of rows at a time, each with its backward pass.
/// </remarks>
/// <param name="decoder">The base.</param>
/// <param name="adapter">What is trained.</param>
/// <param name="lowestBlock">The first layer that the adapter changes; those before it need no gradient.</param>
/// <param name="learnsEmbedding">Whether gradients go on to the token embedding.</param>
/// <param name="keepsActivations">Whether the tape holds every layer's activations.</param>
/// <param name="device">Where.</param>
internal sealed class DevicePass(
    DeviceDecoder decoder, DeviceAdapter adapter, int lowestBlock, bool learnsEmbedding, bool keepsActivations, TorchDevice device)
{
    // Rows of logits that exist at once, with their gradient: 128 rows of 49,152 take 2 x 25 MB.
    private const int LossRows = 128;

    /// <summary>Whether the tape holds every layer's activations; else layers run forward twice.</summary>
    public bool KeepsActivations => keepsActivations;

    /// <summary>Σ negative log-likelihood of the row's targets, and scale times its gradients added to the adapter's.</summary>
    /// <param name="row">Packed samples.</param>
    /// <param name="scale">One over the targets of the step.</param>
    /// <param name="dropout">Chance of an input element of A to be zeroed.</param>
    /// <param name="dropoutKey">Names the masks.</param>
    public double ForwardBackward(PackedRow row, float scale, float dropout, ulong dropoutKey)
    {
        adapter.UpdateGains(decoder);
        var rows = new TrainingRows(row, decoder.Config, adapter, dropout, dropoutKey, device);
        return keepsActivations ? WithOneTape(row, rows, scale) : LayerByLayer(row, rows, scale);
    }

    /// <summary>Σ negative log-likelihood of the row's targets, without dropout.</summary>
    /// <param name="row">Packed samples.</param>
    public double Forward(PackedRow row)
    {
        using IDisposable noTape = no_grad();
        adapter.UpdateGains(decoder);
        var rows = new TrainingRows(row, decoder.Config, adapter, 0f, 0, device);
        Tensor x = Embed(row);
        for (int layer = 0; layer < decoder.Config.LayerCount; layer++)
        {
            x = Apart(() => decoder.Block(layer, x, rows));
        }

        return Loss(row, x, 0f);
    }

    private double WithOneTape(PackedRow row, TrainingRows rows, float scale)
    {
        Tensor x = Embed(row);
        for (int layer = 0; layer < decoder.Config.LayerCount; layer++)
        {
            x = decoder.Block(layer, x, rows);
        }

        Tensor last = x.detach().requires_grad_();
        double loss = Loss(row, last, scale);
        if (x.requires_grad)
        {
            x.backward([last.grad!]);
        }

        return loss;
    }

    private double LayerByLayer(PackedRow row, TrainingRows rows, float scale)
    {
        int count = decoder.Config.LayerCount;
        var inputs = new Tensor[count + 1];
        using (no_grad())
        {
            inputs[0] = Embed(row);
            for (int layer = 0; layer < count; layer++)
            {
                inputs[layer + 1] = Apart(() => decoder.Block(layer, inputs[layer], rows));
            }
        }

        Tensor last = inputs[count].requires_grad_();
        double loss = Loss(row, last, scale);
        Tensor gradient = last.grad!;
        for (int layer = count - 1; layer >= lowestBlock; layer--)
        {
            bool goesOn = layer > lowestBlock || learnsEmbedding;
            Tensor above = gradient;
            gradient = Apart(() =>
            {
                Tensor input = inputs[layer].requires_grad_(goesOn);
                decoder.Block(layer, input, rows).backward([above]);
                return goesOn ? input.grad! : above.alias();
            });
            above.Dispose();
            inputs[layer + 1].Dispose();
        }

        if (learnsEmbedding)
        {
            Embed(row).backward([gradient]);
        }

        return loss;
    }

    private Tensor Embed(PackedRow row)
        => decoder.Embed(row.Ids.AsSpan(0, row.TokenCount), row.Positions.AsSpan(0, row.TokenCount), adapter);

    // Logits of the target rows alone, a chunk at a time; where scale is not 0, the gradient goes to x.grad.
    private double Loss(PackedRow row, Tensor x, float scale)
    {
        var places = new List<int>();
        var targets = new List<int>();
        for (int i = 0; i < row.TokenCount; i++)
        {
            if (row.Targets[i])
            {
                // The token before it predicts it.
                places.Add(i - 1);
                targets.Add(row.Ids[i]);
            }
        }

        Tensor sum = zeros([1], dtype: ScalarType.Float64, device: device.Handle);
        for (int first = 0; first < places.Count; first += LossRows)
        {
            using DisposeScope chunk = NewDisposeScope();
            int count = Math.Min(LossRows, places.Count - first);
            Tensor picked = x.index_select(0, HostCopy.Ids(places.GetRange(first, count).ToArray(), device));
            Tensor loss = cross_entropy(
                decoder.Logits(picked, adapter), HostCopy.Ids(targets.GetRange(first, count).ToArray(), device), reduction: nn.Reduction.Sum);
            if (scale != 0f)
            {
                loss.mul(scale).backward();
            }

            using IDisposable noTape = no_grad();
            sum.add_(loss.to(ScalarType.Float64));
        }

        return sum.item<double>();
    }

    // What a layer makes on its way ends with the layer; its result goes to the pass.
    private static Tensor Apart(Func<Tensor> body)
    {
        using DisposeScope scope = NewDisposeScope();
        return body().MoveToOuterDisposeScope();
    }
}
