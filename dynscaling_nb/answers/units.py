"""Units of measure and money, and the small words of English that may follow a number.

A letter glued to a number, as in `5x` or `3i`, multiplies it unless it is one of these units.
"""


def words_of(text: str) -> frozenset[str]:
    """The words of a text as a set."""
    return frozenset(text.split())


_GLUED = (  # as in "5km"; no single letters, which may be variables
    "nm µm μm um mm cm dm km ft mi yd nmi "  # lengths
    "mg µg μg kg lb lbs oz "  # masses
    "ml mL cl cL dl dL kl kL cc gal "  # volumes
    "ns µs μs ms sec secs min mins hr hrs yr yrs wk wks mo mos "  # times
    "Hz kHz MHz GHz THz kW MW GW mW kWh MWh Wh kJ MJ GJ eV keV MeV GeV kV mV mA Ah mAh "
    "Pa kPa MPa hPa kN MN nC µC kΩ MΩ dB mol mmol kmol cal kcal Ω "
    "kB KB MB GB TB kb Mb Gb kbps Mbps Gbps mph kph kmh rpm fps bpm ppm ppb psi atm bar "
    "rad deg px pt pts ha sqft sqm pcs "
    "USD EUR GBP CHF JPY CNY RMB INR AUD CAD NZD HKD SGD SEK NOK DKK MXN BRL ZAR KRW Rs "
    "bps pct am pm "
)
_SPACED = (  # as in "5 m"; one letter or two, which no one takes for a variable there
    "m g s h d l L A V W J N K C F Å pH kr zł Ft Kč lm cd lx Bq Gy Sv kn sq cu Ω"
)
_CAPITAL = (  # units and nouns that are no names in capitals: "42 Euro", "5 Stunden", "12 Celsius"
    "Ampere Celsius Cent Cents Dollar Dollars Euro Euros Fahrenheit Franken Gramm Grad Hertz Joule "
    "Jahr Jahre Jahren Joules Kelvin Kilo Kilogramm Kilometer Liter Meter Meters Minute Minuten "
    "Minutes Hours Monate Newton Newtons Ohm Ohms Pascal Pfund Prozent Quadratmeter Rupees Sekunde "
    "Sekunden Stunde Stunden Tag Tage Tagen Tesla Tonnen Uhr Volt Volts Watt Watts Wochen Yen "
    "Yuan Zentimeter Percent Degrees"
)
_LONG = (  # that two of them make one quantity: "5 feet 6 inches", "4 hours and 30 minutes"
    "hour hours minute minutes second seconds day days week weeks month months year years "
    "foot feet inch inches yard yards mile miles meter meters metre metres centimeter centimeters "
    "centimetre centimetres pound pounds ounce ounces stone gallon gallons quart quarts pint pints "
    "cup cups dollar dollars cent cents degree degrees euro euros quarter quarters dime dimes "
    "nickel nickels penny pennies pence heures minutes Stunde Stunden Minuten Sekunden "
    "年 月 日 号 时 時 点 點 分 秒 元 角"
)
_SMALL_WORDS = (
    "a am an as at be by de du do el en es et go he if il im in is it la le me my no of on or pm "
    "so to up us we am à un"
)

GLUED = words_of(_GLUED)
SPACED = GLUED | words_of(_SPACED)
CAPITAL = SPACED | words_of(_CAPITAL)
COMPOUND = SPACED | words_of(_LONG)
SMALL_WORDS = words_of(_SMALL_WORDS)

_MONEY = words_of("$ € £ ¥ ₹ ₩ ₽ ₺ ¢ ₿ ฿ ₫ ₦ ₱")
CURRENCIES = _MONEY | words_of(  # before a number
    "USD EUR GBP CHF JPY CNY RMB INR AUD CAD Rs kr"
)
MARKS = _MONEY | words_of("% ‰ ° ' \" ′ ″ ℃ ℉ Ω")  # after a number
MAGNITUDES = {
    "hundred": 100,
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
    "mn": 10**6,
    "bn": 10**9,
    "lakh": 10**5,
    "lakhs": 10**5,
    "crore": 10**7,
    "crores": 10**7,
    "千": 10**3,
    "万": 10**4,
    "萬": 10**4,
    "亿": 10**8,
    "億": 10**8,
    "Millionen": 10**6,
    "Milliarden": 10**9,
    "millions": 10**6,
    "billions": 10**9,
}
MONTHS = words_of(
    "jan january feb february mar march apr april may jun june jul july aug august sep sept "
    "september oct october nov november dec december"
)
BETWEEN = words_of("to over through thru until till versus vs bis à")  # "3 to 5"
NO_NOUNS = words_of(  # beside a number they make another of it
    "pi sqrt log ln sin cos tan exp mod choose root roots squared cubed factorial dozen dozens "
    "score divided base"
)
ORDINALS = words_of("st nd rd th")
