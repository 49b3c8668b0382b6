using System.Text;

namespace Ratchet.Fuzz.Inputs;

/// <summary>Cuts, doubles and mixes Jinja templates, and puts in what makes a renderer work hard.</summary>
internal static class TemplateMutation
{
    private static readonly string[] Pieces =
    [
        "{% for i in range(100000) %}", "{% endfor %}", "{% if ", "{% endif %}", "{% set x = 'a' %}", "{% set x = x ~ x %}", "{% set x = x * 1000 %}",
        "{% macro m(a) %}", "{% endmacro %}", "{{ m(m) }}", "{% macro r() %}{{ r() }}{% endmacro %}{{ r() }}", "{{ messages }}", "{{ x }}", "{{",
        "}}", "{%", "%}", "{#", "#}", "-%}", "{%- ", " | tojson", " | join(messages)", " | replace('', 'aaaaaaaa')", "[::-1]", "[::0]", "[-1:99999999999]", ".__class__",
        " is defined", " in ", " not ", " ~ ", " ** 9999", " * 99999999", " // 0", " % 0", "((((((((", "[[[[[[[[", "'", "\"", "\\", "namespace(a=namespace)",
        "{% for m in messages %}{% for n in messages %}{% for o in messages %}{% for p in range(9999) %}", "{% break %}", "{% continue %}", "{{ loop.index }}",
        "{% set ns = namespace(l=[]) %}{% for i in range(99999) %}{% set ns.l = ns.l + ns.l + [i] %}{% endfor %}", "{{ 'x' * 999999 }}", "{{ range(99999) | list }}",
        "{% call m() %}", "{% endcall %}", "{% filter upper %}", "{% raw %}", "9223372036854775807 + 1", "1e999", "\u0000", "\U0001F600",
        "{% set a = [1] %}{% for i in range(60) %}{% set a = a + a %}{% endfor %}", "{{ strftime_now('%'*9999) }}", "{{ '%s' % messages }}",
        "{% for i in range(99) %}{% set x = x ~ x %}{{ x | length }}{% endfor %}", "{{ messages | tojson(indent=999999) }}", "{{ 'a'.center(999999999) }}",
    ];

    public static byte[] Of(byte[] template, byte[] other, Random random)
    {
        string text = Encoding.UTF8.GetString(template);
        string second = Encoding.UTF8.GetString(other);
        for (int left = random.Next(1, 6); left > 0; left--)
        {
            int at = random.Next(text.Length + 1);
            text = random.Next(6) switch
            {
                0 => text.Remove(at, random.Next(Math.Min(40, text.Length - at) + 1)),
                1 => text.Insert(at, text.Substring(at, random.Next(Math.Min(80, text.Length - at) + 1))),
                2 => text.Insert(at, Part(second, random)),
                _ => text.Insert(at, Pieces[random.Next(Pieces.Length)]),
            };
        }

        return Encoding.UTF8.GetBytes(text);
    }

    private static string Part(string text, Random random)
    {
        int start = random.Next(text.Length + 1);
        return text.Substring(start, random.Next(Math.Min(120, text.Length - start) + 1));
    }
}
