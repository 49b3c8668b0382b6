namespace Ratchet.Upstream.Contracts.Tests;

/// <summary>The forms in which upstream's texts write one and the same member.</summary>
public sealed class MemberTextTests
{
    private static readonly HashSet<string> ValueTypes = ["TimeSpan", "CancellationToken", "ScalarType"];

    [Theory]
    [InlineData("public Task<string?> ReadAsync(CancellationToken cancellationToken = default(CancellationToken))", "ReadAsync(CancellationToken cancellationToken = null)->Task<string>")]
    [InlineData("Task<String> ReadAsync(CancellationToken cancellationToken = default)", "ReadAsync(CancellationToken cancellationToken = null)->Task<string>")]
    [InlineData("public static IResourceBuilder<T> With<T>(this IResourceBuilder<T> builder, in Handler value, TimeSpan? interval = null) where T : IResource", "With(IResourceBuilder<T> builder, ref Handler value, TimeSpan? interval = null)->IResourceBuilder<T>")]
    [InlineData("public required string Url { get; init; }", "Url{get;set;}:string")]
    [InlineData("string? DisplayText { get; }", "DisplayText{get;}:string")]
    [InlineData("public Thing(string name)", ".ctor(string name)")]
    [InlineData("new Thing(string name)", ".ctor(string name)")]
    [InlineData("public static readonly string Running", "Running:string")]
    [InlineData("Append = 0", "Append")]
    [InlineData("add(Tensor left, ScalarType? dtype = null, bool keepdim = False) -> ValueTuple<Tensor,long>", "add(Tensor left, ScalarType? dtype = null, bool keepdim = false)->(Tensor,long)")]
    [InlineData("(Tensor values, long index) top(Tensor self)", "top(Tensor self)->(Tensor,long)")]
    [InlineData("ctor(Dataset data, long? seed = null)", ".ctor(Dataset data, long? seed = null)")]
    [InlineData("Value {get;set;} : long", "Value{get;set;}:long")]
    [InlineData("CUDA : Thing", "CUDA")]
    [InlineData("public void Do(params string[] args)  //Obsolete(Use another)", "Do(string[] args)->void")]
    public void A_member_has_one_form(string written, string expected) =>
        Assert.Equal(expected, MemberText.Canonical("Thing", written, ValueTypes));

    [Fact]
    public void Reflection_writes_the_same_form()
    {
        var declared = Declarations.Of([typeof(Sample)]);

        string[] members = [.. declared.All.Select(member => member.Split("::")[1])];
        Assert.Equal(
            [
                ".ctor(string name)",
                "Name{get;set;}:string",
                "ReadAsync(ref int? count = null, CancellationToken cancellationToken = null)->Task<(string,long)>",
            ],
            members.Order(StringComparer.Ordinal));
    }

    /// <summary>One member of each kind.</summary>
    public sealed class Sample(string name)
    {
        public string Name { get; init; } = name;

        public Task<(string Text, long Length)> ReadAsync(in int? count = null, CancellationToken cancellationToken = default) =>
            Task.FromResult((Name, (long)(count ?? 0))).WaitAsync(cancellationToken);
    }

    [Fact]
    public void A_difference_is_a_difference()
    {
        string one = MemberText.Canonical("Thing", "public void Do(int count = 1)", ValueTypes);

        Assert.NotEqual(one, MemberText.Canonical("Thing", "public void Do(int count = 2)", ValueTypes));
        Assert.NotEqual(one, MemberText.Canonical("Thing", "public void Do(int? count = 1)", ValueTypes));
        Assert.NotEqual(one, MemberText.Canonical("Thing", "public void Do(int number = 1)", ValueTypes));
        Assert.NotEqual(one, MemberText.Canonical("Thing", "public int Do(int count = 1)", ValueTypes));
    }
}
