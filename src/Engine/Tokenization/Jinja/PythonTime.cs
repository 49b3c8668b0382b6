using System.Globalization;
using System.Text;

namespace Ratchet.Engine.Tokenization.Jinja;

/// <summary>strftime, in English.</summary>
internal static class PythonTime
{
    public static string Format(DateTimeOffset time, string format)
    {
        var text = new StringBuilder();
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                text.Append(format[i]);
                continue;
            }

            i++;
            text.Append(format[i] switch
            {
                'd' => Of("dd"),
                'm' => Of("MM"),
                'b' => Of("MMM"),
                'B' => Of("MMMM"),
                'Y' => Of("yyyy"),
                'y' => Of("yy"),
                'H' => Of("HH"),
                'I' => Of("hh"),
                'M' => Of("mm"),
                'S' => Of("ss"),
                'p' => Of("tt"),
                'a' => Of("ddd"),
                'A' => Of("dddd"),
                'j' => time.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
                'e' => time.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2),
                'F' => Of("yyyy-MM-dd"),
                'T' => Of("HH:mm:ss"),
                '%' => "%",
                _ => $"%{format[i]}",
            });
        }

        return text.ToString();

        string Of(string net) => time.ToString(net, CultureInfo.InvariantCulture);
    }
}
