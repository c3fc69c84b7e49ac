"""Countries, and the ways in which people's files name them."""

from __future__ import annotations

from typing import Final

# ISO 3166-1 alpha-2, and XK (Kosovo), which carriers use.
CODES: Final = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC
    CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD
    GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH
    KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW
    MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC
    SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY
    UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
    """.split()
)

NAMES: Final[dict[str, str]] = {
    name: code
    for code, names in {
        "AE": "united arab emirates|uae|阿联酋",
        "AT": "austria|österreich|奥地利",
        "AU": "australia|aus|澳大利亚|澳洲",
        "BE": "belgium|belgië|belgique|比利时",
        "BR": "brazil|brasil|巴西",
        "CA": "canada|can|加拿大",
        "CH": "switzerland|schweiz|suisse|瑞士",
        "CN": "china|中国",
        "CZ": "czechia|czech republic|捷克",
        "DE": "germany|deutschland|deu|德国",
        "DK": "denmark|danmark|丹麦",
        "ES": "spain|españa|esp|西班牙",
        "FI": "finland|suomi|芬兰",
        "FR": "france|fra|法国",
        "GB": "united kingdom|great britain|england|scotland|wales|uk|gbr|英国",
        "HK": "hong kong|香港",
        "IE": "ireland|eire|爱尔兰",
        "IT": "italy|italia|ita|意大利",
        "JP": "japan|jpn|日本",
        "KR": "south korea|korea|韩国",
        "MX": "mexico|méxico|mex|墨西哥",
        "MY": "malaysia|马来西亚",
        "NL": "netherlands|the netherlands|nederland|荷兰",
        "NO": "norway|norge|挪威",
        "NZ": "new zealand|新西兰",
        "PL": "poland|polska|波兰",
        "PR": "puerto rico|波多黎各",
        "PT": "portugal|葡萄牙",
        "SA": "saudi arabia|沙特阿拉伯|沙特",
        "SE": "sweden|sverige|瑞典",
        "SG": "singapore|新加坡",
        "TW": "taiwan|台湾",
        "US": "united states|united states of america|usa|美国",
    }.items()
    for name in names.split("|")
}

# Where an address without a postcode can't be delivered or priced.
NEEDS_POSTCODE: Final = frozenset(
    "US PR VI GU AS MP GB GG JE IM CA AU NZ JP KR SG DE FR IT ES NL BE AT CH LI LU PL CZ SE DK FI NO PT".split()
)


def country_code(text: str) -> str | None:
    """Return the ISO code of a country that is named by its code or a common name, or None."""
    word = text.strip()
    if word.upper() in CODES:
        return word.upper()
    return NAMES.get(word.casefold())
