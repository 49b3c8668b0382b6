using Ratchet.Engine.Kernels;

namespace Ratchet.Engine.Training;

/// <summary>The order of samples in each epoch, from the seed and the epoch's number alone: a resumed run needs no stored state.</summary>
internal sealed class SampleOrder(int count, ulong seed, bool shuffles)
{
    private readonly int[] _order = new int[count];
    private readonly ulong[] _keys = new ulong[count];
    private int _epoch = -1;

    /// <summary>Which sample stands at a place of an epoch.</summary>
    public int At(int epoch, int place)
    {
        if (epoch != _epoch)
        {
            ulong key = DropoutKernel.Key(DropoutKernel.Key(seed, 0x6F72646572UL), (ulong)epoch);
            for (int i = 0; i < count; i++)
            {
                _order[i] = i;
                _keys[i] = DropoutKernel.Key(key, (ulong)i);
            }

            if (shuffles)
            {
                Array.Sort(_keys, _order);
            }

            _epoch = epoch;
        }

        return _order[place];
    }
}
