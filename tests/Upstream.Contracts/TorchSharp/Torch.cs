// TorchSharp names its types as PyTorch names its modules.
#pragma warning disable CS8981

namespace TorchSharp;

public enum DeviceType
{
    CPU,
    CUDA,
}

public class Scalar
{
    public static implicit operator Scalar(float value) => throw null!;
    public static implicit operator Scalar(int value) => throw null!;
    public static implicit operator Scalar(long value) => throw null!;
}

public sealed class DisposeScope : IDisposable
{
    public void Dispose() => throw null!;
}

public class DisposeScopeManager
{
    public static ThreadDisposeScopeStatistics Statistics { get => throw null!; }
}

public class ThreadDisposeScopeStatistics
{
    public long ThreadTotalLiveCount { get => throw null!; }
}

public static partial class torch
{
    public static DisposeScope NewDisposeScope() => throw null!;
    public static string __version__ { get => throw null!; }
    public static IDisposable no_grad() => throw null!;
    public static void set_num_threads(int num) => throw null!;
    public static Tensor empty(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw null!;
    public static Tensor empty(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw null!;
    public static Tensor empty(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw null!;
    public static Tensor zeros(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw null!;
    public static Tensor zeros(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw null!;
    public static Tensor arange(Scalar start, Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => throw null!;
    public static Tensor cat(ReadOnlySpan<Tensor> tensors, long dim = 0) => throw null!;
    public static Tensor cat(Tensor[] tensors, long dim = 0) => throw null!;
    public static Tensor tensor(byte scalar, Device? device = null, bool requires_grad = false) => throw null!;
    public static Tensor tensor(int scalar, Device? device = null, bool requires_grad = false) => throw null!;
    public static Tensor tensor(long scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => throw null!;
    public static Tensor tensor(long[] dataArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw null!;

    public enum ScalarType
    {
        BFloat16,
        Byte,
        Float16,
        Float32,
        Float64,
        Int32,
        Int64,
        Int8,
    }

    public class Device
    {
        public Device(DeviceType deviceType, int index = -1) => throw null!;
    }

    public partial class Tensor : IDisposable
    {
        public Tensor DetachFromDisposeScope() => throw null!;
        public Tensor MoveToOuterDisposeScope() => throw null!;
        public void Dispose() => throw null!;
        public Tensor add(Scalar scalar) => throw null!;
        public Tensor add(Tensor target) => throw null!;
        public Tensor add_(Scalar scalar) => throw null!;
        public Tensor add_(Tensor target) => throw null!;
        public Tensor add_(Tensor target, Scalar alpha) => throw null!;
        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2, Scalar value) => throw null!;
        public Tensor addcmul_(Tensor tensor1, Tensor tensor2, Scalar value) => throw null!;
        public Tensor alias() => throw null!;
        public void backward() => throw null!;
        public void backward(IList<Tensor>? grad_tensors = null, bool retain_graph = false, bool create_graph = false, IList<Tensor>? inputs = null) => throw null!;
        public Tensor bitwise_and(Tensor other) => throw null!;
        public Tensor bitwise_right_shift(Tensor other) => throw null!;
        public Tensor bitwise_xor(Tensor other) => throw null!;
        public Tensor bmm(Tensor batch2) => throw null!;
        public Span<byte> bytes { get => throw null!; set => throw null!; }
        public Tensor copy_(Tensor source, bool nonBlocking = false) => throw null!;
        public Tensor cpu() => throw null!;
        public Tensor detach() => throw null!;
        public Device device { get => throw null!; }
        public long element_size() => throw null!;
        public Tensor eq(Tensor target) => throw null!;
        public Tensor gather(long dim, Tensor index) => throw null!;
        public Tensor ge(Scalar target) => throw null!;
        public Tensor? grad { get => throw null!; set => throw null!; }
        public Tensor index_select(long dim, Tensor index) => throw null!;
        public T item<T>() where T : unmanaged => throw null!;
        public Tensor log_softmax(long dim, ScalarType? dtype = null) => throw null!;
        public Tensor logical_and(Tensor other) => throw null!;
        public Tensor logical_not() => throw null!;
        public Tensor lt(Scalar target) => throw null!;
        public Tensor masked_fill(Tensor mask, Scalar value) => throw null!;
        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null) => throw null!;
        public Tensor mm(Tensor target) => throw null!;
        public Tensor mul(Scalar target) => throw null!;
        public Tensor mul(Tensor target) => throw null!;
        public Tensor mul_(Scalar target) => throw null!;
        public Tensor mul_(Tensor target) => throw null!;
        public Tensor narrow(long dim, long start, long length) => throw null!;
        public long numel() => throw null!;
        public Tensor repeat_interleave(long repeats, long? dim = null, long? output_size = null) => throw null!;
        public bool requires_grad { get => throw null!; set => throw null!; }
        public Tensor requires_grad_(bool requires_grad = true) => throw null!;
        public Tensor reshape(params long[] shape) => throw null!;
        public Tensor rsqrt() => throw null!;
        public long[] shape { get => throw null!; }
        public Tensor sigmoid() => throw null!;
        public Tensor softmax(long dim, ScalarType? dtype = null) => throw null!;
        public Tensor sqrt() => throw null!;
        public Tensor squeeze(long? dim = null) => throw null!;
        public Tensor sub(Scalar target) => throw null!;
        public Tensor sub(Tensor target) => throw null!;
        public Tensor sum(ScalarType? type = null) => throw null!;
        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) => throw null!;
        public Tensor t() => throw null!;
        public Tensor tanh() => throw null!;
        public Tensor to(Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) => throw null!;
        public Tensor to(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) => throw null!;
        public Tensor transpose(long dim0, long dim1) => throw null!;
        public Tensor unsqueeze(long dim) => throw null!;
        public Tensor view(params long[] shape) => throw null!;
        public Tensor zero_() => throw null!;
    }

    public static class cuda
    {
        public static int device_count() => throw null!;
        public static bool is_available() => throw null!;
    }

    public static partial class nn
    {
        public enum Reduction
        {
            None,
            Mean,
            Sum,
        }

        public static partial class functional
        {
            public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null) => throw null!;
            public static Tensor silu(Tensor x, bool inplace = false) => throw null!;
            public static Tensor gelu(Tensor x) => throw null!;
            public static Tensor layer_norm(Tensor input, long[] normalized_shape, Tensor? weight = null, Tensor? bias = null, double eps = 1E-05) => throw null!;
            public static Tensor scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor? attn_mask = null, double p = 0, bool is_casual = false) => throw null!;
            public static Tensor cross_entropy(Tensor input, Tensor target, Tensor? weight = null, long ignore_index = -100, Reduction reduction = Reduction.Mean, double label_smoothing = 0) => throw null!;
        }
    }
}
