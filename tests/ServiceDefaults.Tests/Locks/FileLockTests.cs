using Ratchet.ServiceDefaults.Locks;
using Ratchet.ServiceDefaults.Storage;

namespace Ratchet.ServiceDefaults.Tests.Locks;

public sealed class FileLockTests : DistributedLockContract, IDisposable
{
    private readonly ServiceData _data = new(Directory.CreateTempSubdirectory("ratchet-locks-").FullName);

    public void Dispose()
    {
        _data.Dispose();
        Directory.Delete(_data.Folder, recursive: true);
    }

    protected override IDistributedLock Locks() => new FileLock(_data);
}
