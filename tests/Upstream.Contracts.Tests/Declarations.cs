using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Ratchet.Upstream.Contracts.Tests;

/// <summary>What an assembly declares, member by member, in the form of <see cref="MemberText"/>.</summary>
internal sealed class Declarations
{
    private const BindingFlags Own = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static
        | BindingFlags.DeclaredOnly;

    private Declarations(IEnumerable<Type> types)
    {
        foreach (Type type in types.Where(type => type.IsVisible && !type.IsDefined(typeof(CompilerGeneratedAttribute))))
        {
            string name = NameOf(type);
            Types.Add(name);
            if (type.IsValueType)
            {
                ValueTypes.Add(SimpleName(type));
            }

            foreach (string member in Members(type))
            {
                All.Add($"{name}::{member}");
            }
        }
    }

    public SortedSet<string> Types { get; } = new(StringComparer.Ordinal);

    /// <summary>Type::member.</summary>
    public SortedSet<string> All { get; } = new(StringComparer.Ordinal);

    /// <summary>Simple names of the structs and enums that occur.</summary>
    public HashSet<string> ValueTypes { get; } = [];

    public static Declarations Of(Assembly assembly) => new(assembly.GetTypes());

    public static Declarations Of(IEnumerable<Type> types) => new(types);

    /// <summary>Full name without arity; TorchSharp's own text leaves its namespace out.</summary>
    public static string NameOf(Type type)
    {
        string full = (type.FullName ?? type.Name).Replace('+', '.');
        string name = string.Join('.', full.Split('.').Select(part => part.Split('`')[0]));
        return name.StartsWith("TorchSharp.", StringComparison.Ordinal) ? name["TorchSharp.".Length..] : name;
    }

    private IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum)
        {
            return type.GetEnumNames();
        }

        if (typeof(Delegate).IsAssignableFrom(type))
        {
            return [];
        }

        return type.GetMembers(Own).Where(IsDeclared).Select(Write).OfType<string>();
    }

    private static bool IsDeclared(MemberInfo member) => member switch
    {
        FieldInfo field => !field.IsPrivate && !field.IsAssembly && !field.IsDefined(typeof(CompilerGeneratedAttribute)),
        ConstructorInfo { IsStatic: true } => false,

        // One without parameters may be there without having been written; the texts do not always have it either.
        ConstructorInfo constructor => IsSeen(constructor) && constructor.GetParameters().Length > 0,
        MethodInfo method => IsSeen(method) && !method.IsDefined(typeof(CompilerGeneratedAttribute))
            && (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal)),
        PropertyInfo { Name: "EqualityContract" } => false,
        PropertyInfo property => property.GetAccessors(nonPublic: true).Any(IsSeen),
        EventInfo seen => seen.AddMethod is { } add && IsSeen(add),
        _ => false,
    };

    private static bool IsSeen(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private string? Write(MemberInfo member) => member switch
    {
        FieldInfo field => field.FieldType == field.DeclaringType ? field.Name : $"{field.Name}:{Write(field.FieldType)}",
        ConstructorInfo constructor => $".ctor({Write(constructor.GetParameters())})",
        MethodInfo method => $"{method.Name}({Write(method.GetParameters())})->{Write(method.ReturnType)}",
        PropertyInfo property => Write(property),
        EventInfo seen => $"{seen.Name}:{Write(seen.EventHandlerType!)}",
        _ => null,
    };

    private string Write(PropertyInfo property)
    {
        string get = property.GetMethod is { } getter && IsSeen(getter) ? "get;" : "";
        string set = property.SetMethod is { } setter && IsSeen(setter) ? "set;" : "";
        // The texts write an indexer as Item, without what it is indexed by.
        return $"{property.Name}{{{get}{set}}}:{Write(property.PropertyType)}";
    }

    private string Write(ParameterInfo[] parameters) => string.Join(", ", parameters.Select(Write));

    private string Write(ParameterInfo parameter)
    {
        Type type = parameter.ParameterType;
        string reference = type.IsByRef ? "ref " : "";
        return $"{reference}{Write(type.IsByRef ? type.GetElementType()! : type)} {parameter.Name}{DefaultOf(parameter)}";
    }

    private static string DefaultOf(ParameterInfo parameter) => !parameter.HasDefaultValue ? "" : parameter.DefaultValue switch
    {
        null => " = null",
        string text => $" = \"{text}\"",
        bool flag => flag ? " = true" : " = false",
        var value when (Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType) is { IsEnum: true } kind =>
            $" = {Enum.ToObject(kind, value)}",
        IFormattable number => $" = {number.ToString(null, CultureInfo.InvariantCulture)}",
        var other => $" = {other}",
    };

    private string Write(Type type)
    {
        if (type.IsArray)
        {
            return $"{Write(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        }

        if (type.IsPointer)
        {
            return $"{Write(type.GetElementType()!)}*";
        }

        if (Nullable.GetUnderlyingType(type) is { } value)
        {
            ValueTypes.Add(SimpleName(value));
            return $"{Write(value)}?";
        }

        if (!type.IsGenericType)
        {
            return TypeText.KeywordOf(SimpleName(type));
        }

        string arguments = string.Join(',', type.GetGenericArguments().Select(Write));
        string name = SimpleName(type);
        return name == "ValueTuple" ? $"({arguments})" : $"{name}<{arguments}>";
    }

    private static string SimpleName(Type type) => type.Name.Split('`')[0];
}
