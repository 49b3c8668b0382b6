using System.Collections;

// Of Grpc.Core.Api and Google.Protobuf, which the client brings along.
namespace Grpc.Core
{
    public enum StatusCode
    {
        OK, Cancelled, Unknown, InvalidArgument, DeadlineExceeded, NotFound, AlreadyExists, PermissionDenied, ResourceExhausted,
        FailedPrecondition, Aborted, OutOfRange, Unimplemented, Internal, Unavailable, DataLoss, Unauthenticated,
    }

    public struct Status
    {
        public string Detail => throw null!;
    }

    public class RpcException : Exception
    {
        public RpcException(Status status) => throw null!;

        public Status Status => throw null!;

        public StatusCode StatusCode => throw null!;
    }
}

namespace Google.Protobuf.Collections
{
    public sealed class RepeatedField<T> : IEnumerable<T>
    {
        public void Add(T item) => throw null!;

        public IEnumerator<T> GetEnumerator() => throw null!;

        IEnumerator IEnumerable.GetEnumerator() => throw null!;
    }

    public sealed class MapField<TKey, TValue>
    {
        public TValue this[TKey key]
        {
            get => throw null!;
            set => throw null!;
        }

        public bool TryGetValue(TKey key, out TValue value) => throw null!;
    }
}
