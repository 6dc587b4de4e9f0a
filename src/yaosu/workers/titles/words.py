"""The words of a title certificate on paper, in both languages."""

LANGUAGES = ("en", "zh")

WORDS: dict[str, tuple[str, str]] = {
    "title": ("Title certificate", "权属证书"),
    "lead": (
        "Extract from the register of {venue}, signed by its key",
        "摘自{venue}登记簿，由其密钥签名",
    ),
    "right": ("Right", "权利"),
    "kind": ("Kind", "权利种类"),
    "holder": ("Holder", "权利人"),
    "members": ("Members and their shares", "成员及其份额"),
    "share": ("Share of the unit", "占登记单元的份额"),
    "share_of": ("{share} ({lots} of {quantity} {measurement})",) * 2,
    "term": ("Term", "期限"),
    "term_open": ("from {begin}, without end", "自 {begin} 起，无终止日"),
    "term_until": ("from {begin} to {end}", "自 {begin} 至 {end}"),
    "scope": ("Scope", "范围"),
    "based_on": ("Granted out of", "派生自"),
    "unit": ("Unit", "登记单元"),
    "factor": ("Factor", "要素"),
    "region": ("Region", "区域"),
    "attributes": ("What is registered of the unit", "登记单元的登记内容"),
    "number": ("Registration number", "登记号"),
    "version": ("Version", "版本"),
    "source": ("Document (SHA-256)", "材料摘要（SHA-256）"),
    "restrictions": ("What stands on the right", "权利负担与限制"),
    "more": ("{n} more, all of them in the attachment", "另有 {n} 项，全部载于附件"),
    "none": ("Nothing stands on the right.", "该权利上无负担、无限制。"),
    "for": ("for {who}", "受益人：{who}"),
    "since": ("since {at}", "自 {at} 起"),
    "until": ("until {at}", "至 {at} 止"),
    "reason": ("ground: {reason}", "事由：{reason}"),
    "entered": ("How to find it in the journal", "日志中的位置"),
    "entry": ("As of journal entry", "截至日志记录"),
    "entry_at": ("{sequence}, {at}", "第 {sequence} 号，{at}"),
    "root": ("Root of the journal there (SHA-256)", "该处日志根摘要（SHA-256）"),
    "key": ("Key of the venue (Ed25519, SHA-256 of it)", "场所密钥指纹（Ed25519，SHA-256）"),
    "digest": ("Digest of the certificate (SHA-256)", "证书数据摘要（SHA-256）"),
    "check": ("Check it", "核验"),
    "check_address": (
        "Scan the code, or open {address}: the register says whether this venue issued it and "
        "whether it still holds.",
        "扫描二维码或打开 {address}：登记簿将告知是否由本场所签发、现在是否仍然有效。",
    ),
    "check_digest": (
        "The code holds the digest of the certificate. Whoever has the file checks it offline.",
        "二维码为证书数据摘要。持有电子文件者可离线核验。",
    ),
    "check_file": (
        "The file is its own proof: the certificate for programs lies in it as an attachment, and "
        "one signature covers every byte. Offline: yaosu rights check FILE --vkey KEY.",
        "本文件自带证明：供程序读取的证书作为附件嵌入，一个签名覆盖全部字节。离线核验："
        "yaosu rights check FILE --vkey KEY。",
    ),
    "limit": (
        "It says what the register held at that entry. Whether that still holds, only the register "
        "can say.",
        "本证书载明登记簿在该记录处的状态；现在是否仍然有效，以登记簿为准。",
    ),
    "yes": ("yes", "是"),
    "no": ("no", "否"),
}


def say(language: str, key: str, **facts: object) -> str:
    """A text; facts in braces."""
    return WORDS[key][LANGUAGES.index(language)].format(**facts)
