"""The signs of each kind of failure in an error reply: codes first, words in the last place. Pure.

A code is a sign wherever it comes from. Words are a sign only with some statuses, and never those
of the request itself or of an address, which `ErrorDetail.words` leaves out.
"""

import re
from collections.abc import Collection

from dynscaling_nb.models.openai.error_detail import ErrorDetail, codes_of

UNAUTHORIZED, PAYMENT, FORBIDDEN = 401, 402, 403
NO_SUCH_PLACE = frozenset({404, 405})
REFUSED = frozenset({400, 402, 403, 413, 422, 429})
ANY = frozenset(range(200, 600))
FIRST_ERROR = 400  # below it a status is no error


class Signs:
    """The signs of one kind of failure.

    Args:
        codes: types and codes, one or more to a line.
        words: a pattern of the words, in lower case.
        statuses: the statuses with which words are a sign.
    """

    def __init__(self, codes: str, words: str = r"(?!)", statuses: Collection[int] = REFUSED):
        self._codes = codes_of(codes)
        self._words = re.compile(words)
        self._statuses = statuses

    def in_codes(self, detail: ErrorDetail) -> bool:
        """Whether a code is among the signs."""
        return bool(detail.codes & self._codes)

    def in_words(self, detail: ErrorDetail) -> bool:
        """Whether the words are a sign."""
        return detail.status in self._statuses and self._words.search(detail.words) is not None

    def __call__(self, detail: ErrorDetail) -> bool:
        """Whether codes or words are a sign."""
        return self.in_codes(detail) or self.in_words(detail)


MONEY = Signs(
    """
    insufficient_quota insufficient_balance insufficient_credits insufficient_funds
    credit_balance_exhausted billing_not_active billing_hard_limit_reached payment_required
    exceeded_current_quota_error budget_exceeded billing_error arrearage quota_exhausted
    """,
    r"insufficient (?:account |user )?(?:balance|credits?|funds|quota)|credit balance is too low"
    r"|\bno credits (?:left|remaining)|\b(?:out of|any|more) credits\b"
    r"|credits? (?:have |has |is |are )?(?:expired|exhausted)"
    r"|included credits|budget has been exceeded|billing (?:hard )?limit",
)
# Google uses the same words for a limit a minute, with a status of its own.
CURRENT_QUOTA = Signs("", r"exceeded your current quota, please check your plan")
GOOGLES_LIMIT = Signs("resource_exhausted")
OF_A_DAY = Signs("", r"per[- _]?day|perday|\bdaily\b|byday\b|\(?[tr]pd\)?\b")
GOOGLES_FINAL = re.compile(r"perday")  # in the code of a quota
NO_LIMIT_AT_ALL = re.compile(r"\blimit: 0\b(?!\.)")
TOO_LARGE = Signs("request_too_large tokens_limit_reached", r"request (?:body )?(?:is )?too large")
# "Limit 6000, Used 0, Requested 9000": above what any minute allows.
REQUESTED = re.compile(r"\blimit:? (\d[\d,]*).{0,60}?\brequested:? (\d[\d,]*)")
RATE_LIMIT = Signs(
    """
    rate_limit_error rate_limit_exceeded rate_limit_reached rate_limit_reached_error
    too_many_requests too_many_requests_error throttlingexception throttling_error throttling
    throttling.ratequota throttling.allocationquota limit_requests limit_burst_rate
    request_limit_exceeded resource_exhausted user_rate_limit_exceeded engine_overloaded_error
    overloaded_error capacity_exceeded requests_limit_exceeded
    request_quota_exceeded token_quota_exceeded
    """
)
CONTEXT = Signs(
    """
    context_length_exceeded exceed_context_size_error contextwindowexceedederror
    string_above_max_length prompt_too_long context_window_exceeded input_too_long
    model_max_prompt_tokens_exceeded
    """,
    r"(?:maximum|max|available|model'?s) context|context (?:length|window|size)|max_model_len"
    r"|(?:prompt|input|inputs|messages?)\b.{0,60}\b(?:too long|too big|longer than)"
    r"|(?:input|prompt) token(?:s| count)\b.{0,60}\bexceed|`inputs` (?:tokens|must have less)"
    r"|range of input length|number of tokens to keep|reduce the length of|too many tokens"
    r"|maximum input length|max_tokens must be at least 1, got -|exceeds the (?:input )?token limit"
    r"|number of tokens in the prompt",
)
CONTEXT_SIZE = re.compile(
    r"(?:context (?:length|window|size)[^\d]{0,40}|max_model_len ?= ?|n_ctx[^\d]{0,4})(\d[\d,]*)"
)
MODERATION = Signs(
    """
    content_filter content_policy_violation contentpolicyviolationerror content_filtered
    responsibleaipolicyviolation data_inspection_failed content_moderation moderation_blocked
    invalid_prompt safety content_blocked prompt_blocked cyber_policy_violation
    """,
    r"\bflagged\b|requires moderation|moderation (?:system|policy|error|fail)|content (?:policy"
    r"|filter|management|moderation)|usage polic|safety (?:system|filter|setting|reason)|guardrail"
    r"|(?:inappropriate|sensitive|unsafe|harmful|prohibited) (?:content|information)"
    r"|prompt (?:was |has been |is )?(?:blocked|rejected)",
    {400, 403, 422, 446, 451},
)
KEY = Signs(
    """
    invalid_api_key authentication_error unauthenticated api_key_invalid no_db_connection
    incorrect_api_key_error invalid_authentication_error token_not_found_in_db expired_key
    auth_error invalid_key unauthorized
    """,
    r"(?:invalid|incorrect|missing|wrong|bad|malformed|expired|\bno) [^.]{0,30}?api[ _-]?key"
    r"|api[ _-]?key\b[^.]{0,30}?(?:invalid|not valid|incorrect|missing|expired|required|not found)"
    r"|no connected db|bad credentials|invalid api token",
    {400, 403},
)
MODEL = Signs(
    """
    model_not_found unknown_model deploymentnotfound model_not_supported invalid_model
    model_not_available model_not_exist modelnotfounderror model_not_loaded
    """,
    r"\bmodel not (?:exist|found)|unknown model\b|no such model|invalid model(?: name)?\b"
    r"|not a valid model|no models loaded|model:? [`'\"]?[\w./:@-]+[`'\"]? (?:is )?"
    r"(?:not found|does not exist|doesn't exist|not loaded|unknown|not available|not served)",
    {400, 404, 422},
)
NO_ACCESS = Signs(
    "accessdenied.unpurchased permission_denied_model",
    r"access to (?:the |this )?model|not (?:allowed|permitted|authorized|enabled) to (?:access|use)"
    r"[^.]{0,30}model|model[^.]{0,60}(?:no access|not have access|not accessible)",
    {403},
)
OTHER_ENDPOINT = Signs(
    "", r"only supported in v1/responses|not a chat model|not supported in the v1/chat", {400, 404}
)
# The address leads nowhere: a server's standard words, or LM Studio's reply with status 200.
NOWHERE = Signs(
    "",
    r"^(?:40[45]\W+)?(?:the requested )?(?:(?:page|resource|file|url|endpoint|path|route) )?"
    r"(?:was )?not found\W*$|^method not allowed\W*$|^cannot post |unexpected endpoint|^no route"
    r"|^invalid url|unknown request url",
    ANY,
)
