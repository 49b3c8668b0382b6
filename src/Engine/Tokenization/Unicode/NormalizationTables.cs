namespace Ratchet.Engine.Tokenization.Unicode;

/// <summary>Unicode 14.0.0: canonical decompositions and combining classes, packed.</summary>
/// <remarks>
/// Written by eng/unicode/normalization.py. Base64 of deflated numbers, seven bits a byte: the count of decompositions, each as
/// distance from the last code point, length and parts; then the count of runs of one combining class, each as distance
/// from the last run's start, length and class.
/// </remarks>
internal static class NormalizationTables
{
    internal const string Packed =
        "bZh5dJTXdcDPezPSaJB3YmNMYtwsbZPT0xOfnqQ9bRKbGMVWbKMUUBy7/1i1FayAkYORMbRpRgtCIMAIEIPYBJKRNBarQIzEIoFA" +
        "Aol9E5vMKsRms2N26P3d7/sGkpM/5vfue+/e+/b37jcTnlhrbJ9QvCAb5IBcUADGxVv7SqVISagkoZKEShK1yZQlU5ZMWXKBKPfD" +
        "NoWKFCpSqEjRsoJ4n02lIpWKVCpS8fJ2tlSkUZFGRRoVaVikUZtGD96jB+mopKOSjko6tRmUZVCWQVkGPRiKbSYVmVRkUpGpZfQg" +
        "i4osKrKoyMLLyGwxG6njzaNJ0CcfCfSpQgKvYPYeeAXb98ArY5DAK+ORQF/w/nhpLQlX6SAJV+kgCeV0kITTdJCERTp4FaeDwKso" +
        "DwKvojwIvMpEDAKvofJBjrSRzNgyQDINZYBkzDJAMu4zQPKYeL/9NWZ/AK/jZXCljPwNRjQEvEHZEPAGfRkyPj7O9qNiKOhHxVDQ" +
        "j9qh48VfCq1lghRaywQphUiF0rX+mA0D/TEbBvpjOwwMoOJjMIAOfQwGoPIxGIDKx2Ag2eFgINnhTGwq480CqTSeBVJpPAukjkMC" +
        "qfQlC6QyB1ngLRoaAd4GI1Vi9d+hL6PAO0z2KPAOTY4aH/9dmzKTYc2Mf8ymImXNjP+O7UNtGkgGGSAFZIJUkCXwyUaXHvqynERy" +
        "2U4u28mNd3KuZsjJheKtr49jkOYkfcY4OU1si4FdQp99lZYGgdfBYO0HY80U+ETCLlMTG/VROzkO/oE1fJURD+IU9uNwDKV9Ofj0" +
        "LU0TaSpbm4L7lTeUfT5j+KBPERJIIpsOksimg2SyGSCZbAZIIZsJUshmgv5kh4H+ZIeBVLJZIJVsFhhQwd4AA8HwCun7a4zng/Hx" +
        "AduHdUvTA6b3RiVT4MxgppPIhaQ5TWwKqpljKHcmONOZ4LfByLz4CdbIlMiArZkiJazaj019XDfzHwFbpfNQFBCaqDG2GMmGlSUB" +
        "7pVS5XwtiUBffQAXz0k9m26+cqnW1yqjynrVbXZ161WrWdmo9c3KVmGc3aXyLqn9J1ucwCIWJ3AVTknIlvXNFznOzkhAZ7rWlifk" +
        "xyeKnB//gq0T9rC1Wl6rVsvUql2tVqpVndauF81n7dUE1uKa8Nd2WgKnbYXwMTtJ5SXKSQkFKnPhFmtJrdBn9wcpP6CcpjorlGFl" +
        "VPWnJ+Rpi3na2wKV4Rxlg+qcVg9nlAu1fKuyXK3WK8u1ZL1bXqgyrNSSjeqnWuXNwoi1lY/sfkSqH9kj3KSsfGSvsE3kGcbufXTP" +
        "I9auEz5pdwnb/bbqqdVPJdglQp9dJvy+LRbK0JRh5SzlPGWZslq5WDjEbuze0F06031f9yfsvO6rRS4TWrtYONDWfGv1t3y2Tvg9" +
        "O00oPpWztLxaeFaMn2l/xidseAZ53zPi6JnVIpcJ/9VO7rGvx09tS4+GHlKrbJGS/7Utz7Y/+6lt7Lm3Z8C2CKW8Z3tPK2zqaXxw" +
        "b88/25bnGp4TO2XLc/uemyiL16utlxVu72V8sK0XZUd6nbS26flo7252izDO7lS2Kw8JH7Vrn6+V2kvPX37eCq8+b2xN71Bv2W3C" +
        "oJSEej9lJ/fGw6zeWM1TViire+NhUu/a3h/a+S8seuHo03b0T2t/au0Y5VhloXKC0G+LhD+0K7VktdBnG4RydLSkSbgmzvaZzz0B" +
        "fskN8N/gl+VI4JdLkQQ+iX84iu9pYvui9j7oi9r7oC+674O+3Djvg74LkQQ+CQK4UtOdRHLZTk6DKbTSQdISpCVoVMbno6GJ/RVN" +
        "/V4ff7b1IPAa2Q/AazT/AXiNrfwBeI3mP9AgYRESSMZ7Bt6TnVcnQxP7OhisEk4Gg9cZyGDwBtkhAp9I3IxDNLFvUDlENej6EPAm" +
        "Tj4Eb9KxD8Gb2H8I+pEdCvqRHaplOBgK+uFg6ELnZs52buZsJ1fg5EhSnAnMdJIUZx4znXn8DfhIJRr5CPQHw1SiuWGMo78zjmHO" +
        "OPrT+DAwALWPwQB0P0ZX4hMehY+dROIRzTmJaGlOEzsQDFcJ6+FgIG6Hg4GMbjhI/ZwXDKSyHlkglYosxp7qDDrLSSSuYdBZmtjf" +
        "Eup8An6L80/AW1zKI8BbDHwEeAvlEeAtujMCvIXyCPA7sp+C36HyqYbfZEdqqEMgNAq8g/Io8A4DGAU+0PGoewKrkcTl9+0YeSP6" +
        "oJgG+oxFGkv8kOPED04iuZCTCzm5sU7O1cx1ciTiK4eck0gQrl6cRHIhJxdycmOd3Fgnl+vkXC/5jhcNuOlaOkiif+kgialMRzfJ" +
        "6WK6kyQ5XUx3kiSni+lOkuR0Md1Jkpwupmtik3GaAZJpKAOkgEyVqMjER4rTTKaTpDjNZDpJitNMppOkOM1kOkmK01qmk0goql6c" +
        "RHIhJxdycmOd3Fgnl+vkcp1cuZOjV6kgSyX6l4V+quMyy0lSHZdZTpLquMxyklTHZZaTpDqesxzPb7MpR4K3yY7UMtoYCd5m7kfm" +
        "SqS2NDBFY5+pYooc0nSqm07RPpDPdvNNbr5JY64pSmyLXNsi17bItS1ybYtc2yLXtlZta9W21rWtdW1rXdtatZX4RXWLVbfY1S12" +
        "dYtd3WJXN6q6UdWNurpRVzfq6kbdPkXdPkXdPoXVNqy2Ydc27NqGXduwaxt2bcOubb3a1qttvWtb79rWu7b1rm29a1vv2paobYna" +
        "lri2Ja5tiWtb4tqWuLYlrm2j2jaqbaNr2+jaNrq2je7clKpuqeqWurqlrm6pq1vq6jarbrPqNru6za5us6vb7Pap2e1Ts/aJSHuq" +
        "fDjNV20nzXbTJo2Xpyjx3Op6bnU9t7qeW13Pra7nVtc2orYRtY24thHXNuLaRlzbiGsbcW2XBkIPRfmhh2L90EMRf8iL+2VOQw9F" +
        "+qGH4v2QG/X79EQ0uydCUr9zghxpakyiX15ZdqysKVamkp6QZveEUFMU81UU81UU81UU81UU81UU8xV1fUVdX9GYr2jMVzTmKxrz" +
        "FY35isZ8hV1fYddXOOYrHPMVjvkKx3yFY77CMV+trq9W11drzFdrzFdrzFdrzFdrzFdrzFfE9RVxfUViviIxX5GYr0jMVyTmK+L5" +
        "kl2Rr8zTtQy5Zc7KYmUl59x8jn6R6hehLwx5359C0TX1AZ98lTo3i+MrGnBWw/EVDTh1jq9itfe+WkOxb9cwNrbxJd2FL+mOfMm5" +
        "afKVee53bCj2PeuT0iY359wr+co8ZSj2PXxPfd5Tn/fUZ7NqNqvPZten891r7Do9c+s4c6LR5NY06XdzvjJPGVJiMU91q/hkd77O" +
        "zbs+X6s7Fa0BZwM4U9EacI63MxWl6qTU/VAPeZ/rQqk1y43P5LxsTO7L862JBPzmdf13NNNOeqWOv1OE3e1UYW+7Q0v2KHcJf2Jz" +
        "+9ZJnFQg9NlC4bO2XCh3lbCXXa3l65XNWr5J2MP+HPGYiIl2a1+c/Qz8AnRq/qSaXFb5isrfqHxdGLC3VL6t5TlJyLlJyPkqjxF+" +
        "z5apXKWMKKuFL9o7antXWaTlk5PwWaPyMuVyZa3wZ6bgXWPGvlvzuP0ytS7+Yje7+d2SNGu3Krcrdyp3K/cq9ykPKA8pv1QeUR4T" +
        "+mynyl3K08KAvSA0whlSclnlyypfU/mayjdUvqHybZVvi9zDtojczc5OK0l7zFan4XOhcrFyqXKZslYZVdYrVynXKBuV69Lo4QaV" +
        "W5Sb0ujh9jRa3J5G67tU3qXyXpX3qrxf5f0qH1L5UBo9rFCfF7TkovKS8rLQb+8Kcyb5zKbp1pirW40xbbNF2lQi2PmlZGtmCU5W" +
        "CmY1Whc7ayS7s1ykMdUibSL7zXrBma8Eo+8LGsdL7crPBDeKBJ/NE+TskYqZBwUHjgkOnxKsKZCKs2WCS8tQmS1l1yoEee0odwoW" +
        "4mrOasGOlZI9d0SwtVCynZMFrc2S3Z8rUukkQdsayYa3Cc7S0J2Tgm00nl8qUrScducLNrQKdu8VTKKNU18LskPo0VoHuDBTULMI" +
        "aYXg1irB+Euid/+yYO5tQesYKcurENynf+3FgiNL6X2D4OgNwT2cHqeNNmybmNjrCwX70TteJ5jCvBw8JPjssGDxLXp6R7B5gejt" +
        "oruF2fSK3m8Bs64KGujBJXpwDb1QWLCd2dB5vkdf6lm8U1HB5LWCMcz4xbPMEFN8mw41Mi+RRsEElLccENxoE5TRjfUs/OElTM55" +
        "xstqfYHnlfsku6RUpAIs7tHuydGSnbsRiTYWsZZnyjCjz9k76ctNwYU8hoWX7eyhawywqUpwhY30FSvYvBmnrPQXTPbCanbJckF4" +
        "jWAbmIlZCzv2Olvl+Bw28GoWlJ0Y2iCYwSKXM6etxwVjz7AKVwRXmboLrEwFZufHCsrnsn1Yy/DnmOF+TYTtzWZtKvJG3kr/rjFh" +
        "t1sYJRPRwEpf6xJ0MuibC71pX7mK1WLua5j7M6fpFeejhcaXfy74hs2wiW02fYmgkPVYRCeXMzl11B5bJ9l8PB+cJziP50Z2Tslm" +
        "b7m3naCTHL87DOYOg5nAWS1ghhaxQcYyotscjSvbBes4H7M44mPp1QGW7NxF5u+WrrlYfM3iLWImb+Cgei5NcgbPslm/YOoKmYgN" +
        "TWypHd4Oy6fPESbxM1b1pO7xLXSSxqvYByfZNPm0e/wcE3ZPsJ0pPga2MPLjeGlkn66kk7NxtYNRTmcZb3EBlKOyr46zz44IM6zN" +
        "dO0098HmaxzTb9j87Lq1XAUlrOX+aVK7lulckc9WpqdjQAVLu5ut3I7FaOZ5DtO0nElcxXi3cMlsZTYKpwh2Y7GWaVpbLa/5wSXG" +
        "mqtbRDrMlv+CHdHG1bKaXXwYnASfsb7trHkDDa25L2aTx1trbhRbn6lj8e7Os35zYSlrCapq2C9cQYe5zaKMfBFb5RQ7YqueMta3" +
        "E+xk1mZzNecvYDbAWg5xFXdOJ+txHkxlX51m8SZyZi6D7Zz94+yrIgY9mtW6zhzM6OBS4DCd5zBVc6WVsYJFXCMNDKsVbAI7QDv4" +
        "EkxgvBPBWm6ubFZm7XXvII7lrlsHLrMPRnM0vmYFb+Z52MfFM4n7fhrTns0K1oPd3KcFMwQruIx06k4wOfcXC1axi69x/M6PDsrO" +
        "yZPZreCaq2V5TjNrISaxWSXKNjJ/t+Z787f3CzYN0nFwkElcxiRu4KraA44vZ2JXCHaxGQ6AM1z/Czka+5nibUxxQWyejzZ5k72c" +
        "s7WBG3PWJhyAdhbg6hbvGZsJ2sFNrjm9d/XoHuJUbP7SW5Q5R72VqbzAAFmexSe9TXiJhcrniK8Cs7koSr/yduchcBW0ccuvBVtY" +
        "1aWxhbrNDXfolrdkDbGF2sURusArdHOiYB1rlD/FW6hGbswbYHOxt276Mn1d7K3guLC3gnUcsMusYAkXwDfcjncWeAuqx+XQYm9p" +
        "C5d46zt5hReXtO1IkOkEe08JZo+QJQ9JR+tB6+eyA3bUC3bfFaxvEIOJjbavPZC4PFECv8RoYqI9k7gu0QibEo3vTOJqcppK3u4Q" +
        "DVinXC3cqdyl3K3co9yrbBdKWKbyAeVB5SFlh9YeVh7VkmMqn1C5U+UulU8pTyvPKM+6rdRrHxrVZ6NaNSZu+ZEtmedfOc9v7UxN" +
        "H7fzNc2VL8Ayf2WZ39gaTWf57cYKf0OFFEi6r8J/QQLTiH9lRAokXRLxa35NxH/H2Lpq/+JqKjS9G29ra/xLavwVFyXoLgucLAtI" +
        "6OmkPic9/0C88EC8+EC89EC8XBZ4y9aXO25WOqnPyaublQ9Ep/TCg1IR127xmzWc6jqwDpTlyPofnWPcS3IVyOH5uqVv2Dzv4twO" +
        "5mTIuRqf4F6je0AnuA5mjZOKetE4RW4Cd8RmisJIn2tExkuyoNy7VY6Ud5M7BymXN+WImK5CaAGXwXVQ/Af3snlwbeu1M5q7O7/C" +
        "i9FaK7z7/CC4Au6C+3+JBVOlTxe5A9oI2Y6AE9Ok7BzSJZDPCzqHiKYOaRM4Dcoo+wZM4rrbDU6AvGoPegVWg2WgCUxb5D0wYaSd" +
        "SFcXeG/peW7JbYspAxO4OQuRapCWggX6GkWkk5eRroN8rtQZoEwvV1C1UFTOgq+WcSNy4VaC/WS7kM5/KFeF/Aq4hxti2LRMjNbz" +
        "jO+PeiHZFTB9hVTcR8rnIdzNfV2GlJ0p+yb2QK6tp+ugcxWeiH26kM7rlwi4A44R5h0Hiz+S9UGoIhRdA86A41Keu14s74iwhDdi" +
        "GVgB9Jtl8kbZNveQlrYkuMjm6SvTvoGNf5SlOynlB9fLBXaconPghJTP4LHZCvaBmyCbt2flMNnDw9y3fs9Wsd6ItIk3aEuT9zip" +
        "dCv2QtWAz8FicDgWHehX3iRerZngS7CUgGkP2EFAPL5d2liDdIey00i5PHGd4NI+qS3jnWsmGwGLhsskUXQPzCZov4701XA3HPkK" +
        "jDsqlicITG4QmLTyQpZ84oYpBSJ0Zskscu6KQYgncxZ1C/l2OjDmLx7UeeAw2A3W81y0io9bhJCjwa4dXvTz9WmpnIhUStnUXcZ5" +
        "WpoQyncTDoMqPibLvxbdQ0jTP5VWeLErL0nRHqRtUnQZoXSf95KvAhOuiUbhSsEtpG37CRhvitRIlLwVnKJsGs9+w0EvINMo4Ay4" +
        "AUYT+M65JWbLyS4mXDsPlo1y44SNYOdd0biJ7nnChsP3GNx9QQtfW/VHvVBiJpj2P7I7Ee6C62AhEfR8bsBmgo0TebIVZxGWV48R" +
        "qarTiz12gILxUhYiCikGtRMlO3WS4BZBSSEfCwv+JO4Q6v7k/DYSqnSc9oKW0frRBmb+n+xJopcV08VDA9LkkqD7QVvK2ZpERDOv" +
        "VMrqwIa5gjt/lm6EvPjmyjwpugxKygTLwBzCndIYNATSiKHwgn6oMQ/Z+gUiytv4QtJ/ATRAOkFFxYKgG+zOWChSM9AI/xxYnOOF" +
        "vW1gO7hTIyqVtR7OE2bl5DGJUcm2EHC1gkrKQsQsu/hOmDuaA4V0AoQIx/IbpfYEUnY+a0x0lkMs3QyWU1a1QVQ2ggNkDzSzAARw" +
        "DS0iFfM5euu+F88dbJWy8jbBUbJVm5lhpCNdxFUcoxoOVG4OQVgBXpBqa+nudlGuBVM4ULNOeXdYHphDgH4OiyL+KCgEs8Ey3r2l" +
        "KoE1oAusbg+6/yrMJso8ARYSapYjrUE6Ncb7OthNWRvZLaADrNgvDs4dFOw9IKgex67i+/gKmDYOi1NS0Ym04LBIX6JyDCw9wrQf" +
        "wwHZHbH/hU6BMyAygdAVTCT2PT7Bi4KrwDmQz19g+wpxipTN5+NNskeRToBTX0kb+/juPQxqx7MeSKskdFh0SSq7LrPhJ7C8YG4s" +
        "gNbYeS9/3VXdZHx8DK0DM4mnr4PF96Qib5KsxGb+z1oNLs7UxriXZntx965CeX++BlP5wLwEivhfbtFEKZuJVEdAvm8+/12BO2Rv" +
        "VgqKq/h/LCx6hfxRUzyFP7CqtQdS1kV2PSF8DQ9jOXF8c5lUzPhccH4qzwo4Slg/rkrKaoo5c5FubpSviIAV1VJ2nO/hZdN4Pfgo" +
        "ruR/wyZwD2wL88fUim7ud8Fa/h24W09FCXc5OLWS7DpRuUF2dJNIEzcIipoFq/groX0GjyjSPTCaj4XPwDSwCoS2dLtnQ/FPd5mn" +
        "jVxU/g7jJzVyU8d1mDjbZixlpIkdJjHOxJFN6DIJhjtELkBfh/H5uozPuqm64GIUN1JmVZabz54V+aH00S4z18Z1Gdlfcr/7u8RK" +
        "UjwYrnSR47tMfHyHibddRnU0pa7TadnIOBONeUR8GfOYMY8b84QxTxrzlLHdrfmWkTGZZ6zpYc2zxvR0ekKPnkrWATxvTG9jXnjR" +
        "9DLm28Z8x3glxvydMd/V9hiBdDIu1n6HNPC93we6TNDrsmHwdPuByvfN93u7rZmHe89cUR6bF2/EHe6I/kYqdmVG2gu4hd0k7Slt" +
        "xwVFFmO/dO/H4vglbzGk7p/pMuv3WJfMyl91wmtUO+MN3ffQANwx9zGBJ2WUD/UjQ0telJJfqJT5EOWBcaUEM9CY//q9ykNt8CkT" +
        "/BPCIGuCj/kHf2Q/UWHUb6SZ7+hy8Ntv/s3wCuWInGfi/TkmHln7GyR5WdT+aALWBgeKtCNOOhwN2OALJijfR8FE6dMWNsYkozvE" +
        "6XOHJ7xmgk8nOFP3IlPz0K7S0f71Svt1rE+Y4D94o5cF+LkN/swEHrHBJBMoYcL8xj0kXc4hEV0bkB3ZIWsltVK8KTbh3gJqnqe+" +
        "3V1lCQp/0GV+oKel09E1B90RnPmLnbBTG7LSljj36Z6L13Ye7CXdW7HO3O8hnZQJCaa90GXa/Oq20zmYTJI9agbbhPZzWMV16zI/" +
        "Eof95TdNZvzvTXC6GH77qS7zuuyTfzTBd03gURO8iLJ1B0UPArrzu8xPTFCe+uBSWYzncuIZbaBDK7cz7BP0bpqR6Q0/apy9/0Pt" +
        "s3Y7zgQrvEE2+GV0Y/A8U0/Jw6dDhvWTvzod8hEQ/JEJPm6C/27khQj8SvT/xQZfNoE3TbCbCQzWUvnACojif9qAbMae0rlu0hOJ" +
        "e2VzB54VT++rlkQaJH82wREqDDdBuZuQcmXXxZuAfCHL5gt2N8H+0mOfCeZa3ZADTPDADBnFy+J5bdDGL+I+3vhDu1+6L0skAWbc" +
        "fvNoQoc2GyejekHGOJ0d1NBLTBKe7DLdSZlK0RhnJXOPOfqF6HUmykQO5yo0gf8H";
}
