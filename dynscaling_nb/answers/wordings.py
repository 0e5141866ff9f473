"""The words by which a statement of an answer is known, language by language. Data.

Each entry is a part of a regular expression, for text in lower case.
"""

from typing import NamedTuple


class Wording(NamedTuple):
    """How one language states an answer: "the (final) answer (to this) is 42".

    `answer`: its words for an answer. `result`: its words for what may also be a step.
    `copula`: what stands between the word and the value. `hence`: what opens a conclusion.
    """

    answer: str
    result: str
    copula: str
    hence: str


ENGLISH = Wording(
    answer=r"answer|ans\b\.?",
    result=r"result|solution|outcome|option|choice|conclusion",
    copula=(
        r"is|was|are|were|equals|becomes|(?:would|will|must|should|has to|can only|ought to) be"
        r"|comes (?:out )?to(?: be)?|works out (?:to|as)(?: be)?|(?:turns|came) out (?:to be|as)"
        r"|(?:seems|appears|proves|needs|happens) to be|remains|(?:therefore|thus|then|hence) is"
    ),
    hence=(
        r"therefore|thus|hence|so|consequently|accordingly|overall|altogether|finally"
        r"|in (?:conclusion|total|summary|short|all|the end)|as a result|ergo|this means(?: that)?"
        r"|(?:it|this) follows that|(?:so |thus |therefore,? )?(?:we|i) (?:get|find|have|obtain"
        r"|conclude|see|know|choose|pick|select|can conclude)(?: that)?|that (?:gives"
        r"|makes)(?: us)?"
        r"|this (?:gives|makes|leaves)(?: us)?|my (?:pick|guess) is|i(?:'d| would) say|which means"
    ),
)
OTHERS = {
    "German": Wording(
        answer=r"endantwort|antwort",
        result=r"endergebnis|ergebnis|lösung|loesung|resultat",
        copula=r"ist|lautet|war|wäre|waere|beträgt|betraegt|muss .{1,20} sein",
        hence=r"also|daher|somit|folglich|insgesamt|damit|deshalb|demnach|schließlich|es folgt",
    ),
    "French": Wording(
        answer=r"réponse|reponse",
        result=r"résultat|resultat",
        copula=r"est|serait|sera|était|doit être|vaut",
        hence=r"donc|ainsi|par conséquent|en conclusion|au total|finalement",
    ),
    "Spanish": Wording(
        answer=r"respuesta",
        result=r"resultado|solución|solucion|opción|opcion",
        copula=r"es|sería|seria|será|fue|debe ser",
        hence=r"por (?:lo )?tanto|entonces|así(?: que)?|en conclusión|en total|finalmente",
    ),
    "Italian": Wording(
        answer=r"risposta",
        result=r"risultato|soluzione|opzione",
        copula=r"è|e'|sarebbe|sarà|era",
        hence=r"quindi|dunque|pertanto|perciò|in totale|in conclusione",
    ),
    "Portuguese": Wording(
        answer=r"resposta",
        result=r"solução|opção|alternativa",
        copula=r"é|seria|será|foi",
        hence=r"portanto|então|assim|logo|em conclusão|no total",
    ),
    "Dutch": Wording(r"antwoord", r"uitkomst|oplossing", r"luidt", r"dus|daarom"),
    "Scandinavian": Wording(r"svaret|svar", r"resultatet", r"är|er", r"altså|alltså"),
    "Polish": Wording(r"odpowiedź|odpowiedz", r"wynik", r"brzmi|jest", r"zatem|więc"),
    "Turkish": Wording(r"cevap|yanıt", r"sonuç", r"şudur", r"dolayısıyla|sonuç olarak"),
    "Indonesian": Wording(r"jawabannya|jawaban", r"hasilnya", r"adalah|ialah", r"jadi|maka"),
    "Vietnamese": Wording(r"đáp án|câu trả lời|đáp số", r"kết quả", r"là", r"vậy|do đó"),
    "Russian": Wording(
        answer=r"ответом|ответ",
        result=r"результат|решение",
        copula=r"это|равен|является|будет|—|–",
        hence=r"следовательно|таким образом|значит|итого|поэтому|итак",
    ),
    "Ukrainian": Wording(r"відповідь|відповіддю", r"розв'язок", r"це|є", r"отже|тому"),
    "Arabic": Wording(
        answer=r"الجواب|الإجابة|الاجابة",
        result=r"النتيجة|الحل",
        copula=r"هو|هي|هى",
        hence=r"إذن|لذلك|وبالتالي",
    ),
    "Hindi": Wording(r"उत्तर|जवाब", r"परिणाम", r"है", r"इसलिए|अतः"),
    "Chinese": Wording(
        answer=r"答案|答复",
        result=r"结果|結果|结论|結論|选项|選項|答",
        copula=r"(?:应该|應該|应|應|就|即|便|也|分别|分別)?(?:是|为|為|选择|選擇|选|選|即|等于|等於)",
        hence=r"因此|所以|故此|故|综上(?:所述)?|綜上(?:所述)?|总之|總之|最终|最終|于是|得出|可得",
    ),
    "Japanese": Wording(
        r"答え|解答|正解|回答", r"結果", r"は|が", r"したがって|よって|つまり|従って"
    ),
    "Korean": Wording(r"정답|답", r"결과", r"은|는|이|가", r"따라서|그러므로|결국|그래서"),
}
WORDINGS = [ENGLISH, *OTHERS.values()]

ADJECTIVES = (  # between an article and the word for an answer; also what a heading may add
    r"final|correct|right|best|actual|exact|most likely|only|overall|my|our|your|the|this|own"
    r"|chosen|short|numerical|complete|true|possible|simplified|required|desired|step|part|and|is"
    r"|selected|predicted|endgültige|richtige|korrekte|finale|beste|meine|die|das|der|la|le|el|l"
    r"|o|a"
    r"|bonne|mejor|correcta|правильный|окончательный|верный|итоговый|juiste|het|il|una|una|ma|mi"
)
AFTER_NOUN = (  # after the word for an answer, where the adjective follows it
    r"choices?|options?|letters?|key|value|here|now|then|statement|set|text"
    r"|correcta?|finale?|finaal|esatta|giusta|corretta|certa|korrekt|richtig|correcte|exacte"
    r"|الصحيحة|الصحيح|النهائية|النهائي"
)
NO_NOUN = (  # the word before "answer" where it is a verb, or an answer that is not given
    r"to|can|cannot|could|would|may|might|help|i|we|you|please|must|no|any|an|wrong|incorrect|each"
    r"|every|another|previous|first|initial|user's|student's|possible|not|n't|don't|didn't|partial"
    r"|intermediate|their|his|her|keine|eine|un|une|una"
)
HYPOTHETICAL = (  # directly before a statement that states nothing
    r"if|whether|suppose|supposing|assume|assuming|unless|imagine|say|guess(?:ing)? that maybe|ob"
    r"|wenn|falls|si|se|если|如果|若|假设|假設"
)
NO_VALUE = (  # "the answer is clear: ...", "the result is obtained by ..."
    r"correct|right|wrong|incorrect|consistent|reasonable|obvious|obviously|clear|obtained|derived"
    r"|calculated|computed|determined|provided|based|important|simple|straightforward|easy|hard"
    r"|difficult|shown|in (?:the|a|your|this|its|simplest|terms)\b|also (?:correct|valid)|verified"
    r"|followed|confirmed|checked|supported|because|close|accurate|complete|now|ready|independent|unique"
    r"|always the same|the same as|different|found|as expected|expected|not unique|written"
)
NEGATION = (
    r"(?:definitely |certainly |clearly |obviously |probably )?(?:[nN]ot|never|neither|no longer"
    r"|nicht|pas|не|不是|不)\b"
    r"(?! (?:enough|possible|given|mentioned|sufficient|determinable|defined"
    r"|applicable|known|stated|specified|equal|plausible|entailment|an? |sure))"
)
FILLERS = (  # before the value: "the answer is therefore 42"
    r"technically|typically|usually|generally|likely to be"
    r"|therefore|thus|then|hence|so|indeed|clearly|obviously|probably|definitely|most likely|likely"
    r"|simply|just|still|now|also|actually|exactly|of course|in fact|always|that"
    r"|[iI] think(?: that)?"
    r"|[iI] believe(?: that)?|it is|it's|rules? out [^.\n]{1,60}?,? leaving|given by|found to be"
    r"|equal to|calculated (?:as|to be)|as follows"
    r"|the following|going to be|daher|somit|also|donc|entonces|quindi|folgende"
)
CHATTER = (  # sentences after the answer that do not belong to it
    r"i hope|hope (?:this|that|it)|(?:please )?let me know|(?:please )?feel free|if you (?:have"
    r"|need"
    r"|want|would|'d)|would you like|do you (?:have|want|need)|is there anything|happy to help"
    r"|thank"
    r"|good luck|(?:please )?note\b|you're welcome|have a (?:great|nice|good)|enjoy|ich hoffe|lass"
    r"|j'espère|espero|希望|如果|如有"
    r"|i am happy|i'm happy|glad|don't hesitate|this (?:problem|question)"
    r"|(?:final )?check|verification|explanation|reason|source|reference"
)


def joined(parts: list[str]) -> str:
    """One regular expression out of several, the longest words first."""
    words = [word for part in parts for word in _top_level(part)]
    return "|".join(sorted(dict.fromkeys(words), key=len, reverse=True))


def _top_level(part: str) -> list[str]:
    """The alternatives of a part; those within brackets stay together."""
    words, depth, word = [], 0, ""
    for character in part:
        depth += (character == "(") - (character == ")")
        if character == "|" and depth == 0:
            words.append(word)
            word = ""
        else:
            word += character
    return [*words, word]
