"""The templates: which tables there are to move in with, and which columns each has. Pure data.

A column ``attribute.*`` stands for any number of columns that begin so.
"""

from msgspec import Struct

PARTIES, UNITS, RIGHTS, PLEDGES = "parties", "units", "rights", "pledges"
REFUSAL_COLUMNS = ("line", "code", "sentence", "what_next")  # added to what comes back refused
MANY = ".*"


class Column(Struct, frozen=True, kw_only=True):
    """A column of a template.

    Attributes:
        name, zh: as it is headed; either is read.
        need: ``yes``, ``no``, or what it is needed for.
        about, about_zh: what stands in it.
        example: a cell.
    """

    name: str
    zh: str
    need: str = "no"
    about: str
    about_zh: str
    example: str


PARTY = Column(
    name="party",
    zh="主体编号",
    need="yes",
    about="Id of the party: letters, digits and . _ : / @ + -, at most 96.",
    about_zh="主体编号:字母、数字及 . _ : / @ + -,至多96个字符。",
    example="firm-001",
)
UNIT = Column(
    name="unit",
    zh="单元编号",
    need="yes",
    about="Id of the unit.",
    about_zh="登记单元编号。",
    example="U-001",
)
RIGHT = Column(
    name="right",
    zh="权利编号",
    need="yes",
    about="Id of the right, such as the number of its certificate in the old register.",
    about_zh="权利编号,例如原权证号。",
    example="R-001",
)
SOURCE = Column(
    name="source",
    zh="材料摘要",
    about="SHA-256 of the document that proves it, 64 hexadecimal digits.",
    about_zh="权属材料的SHA-256摘要,64位十六进制。",
    example="ab" * 32,
)
FACTOR, REGION, QUANTITY, ATTRIBUTE = (
    Column(
        name="factor",
        zh="要素",
        need="yes",
        about="Name of an adopted factor profile.",
        about_zh="已采用的要素档案名称。",
        example="land",
    ),
    Column(
        name="region",
        zh="区域",
        need="yes",
        about="Id of the region in which the unit lies.",
        about_zh="单元所在区域编号。",
        example="east",
    ),
    Column(
        name="quantity",
        zh="数量",
        need="yes",
        about="Lots of the whole unit, a whole number.",
        about_zh="整个单元的交易单位数,整数。",
        example="1200",
    ),
    Column(
        name="attribute.*",
        zh="属性.*",
        need="as the profile asks",
        about="An attribute of the unit; its kind is that of the factor profile.",
        about_zh="单元属性,类型按要素档案。",
        example="industrial",
    ),
)

TEMPLATES: dict[str, tuple[Column, ...]] = {
    PARTIES: (
        PARTY,
        Column(
            name="kind",
            zh="主体类型",
            need="yes",
            about="person, organisation or group.",
            about_zh="person(自然人)、organisation(组织)或 group(共有人)。",
            example="organisation",
        ),
        Column(
            name="name",
            zh="名称",
            about="As everybody may read it; that of a person travels sealed where keys are kept.",
            about_zh="公开名称;有密钥库时自然人姓名加密保存。",
            example="East Mill Ltd",
        ),
        Column(
            name="members",
            zh="成员",
            need="of a group",
            about="Members with their shares, parted by semicolons.",
            about_zh="成员及份额,用分号隔开。",
            example="li 1/2; wang 1/2",
        ),
        Column(
            name="fact.*",
            zh="事实.*",
            about="A fact that rules may read: text; a whole number where the name ends in #, "
            "true or false where it ends in ?.",
            about_zh="规则可读取的事实:文本;列名以#结尾为整数,以?结尾为true或false。",
            example="textile",
        ),
        Column(
            name="sealed.*",
            zh="加密.*",
            about="Personal data of the party: travels sealed, never stands in the journal.",
            about_zh="主体的个人信息:加密传送,不以明文进入日志。",
            example="+86 555 0100",
        ),
    ),
    UNITS: (UNIT, FACTOR, REGION, QUANTITY, ATTRIBUTE),
    RIGHTS: (
        RIGHT,
        UNIT,
        Column(
            name="holder",
            zh="权利人",
            need="yes",
            about="Id of the party that holds it.",
            about_zh="权利人的主体编号。",
            example="firm-001",
        ),
        Column(
            name="share",
            zh="份额",
            about="Of the unit: 1/3, 0.25 or 1; empty is all of it. Holders of one unit stand in "
            "rows one below the other.",
            about_zh="占单元的份额:1/3、0.25或1;空为全部。同一单元的各权利人逐行相邻。",
            example="1/3",
        ),
        Column(
            name="kind",
            zh="权利类型",
            about="A kind of right of the factor; empty is its primary kind.",
            about_zh="要素档案中的权利类型;空为主要类型。",
            example="use_right",
        ),
        Column(
            name="instrument",
            zh="交易品种",
            about="What orders for it name; empty is the unit itself.",
            about_zh="订单所用的交易品种;空为单元本身。",
            example="U-001",
        ),
        Column(
            name="term_from",
            zh="起始日",
            about="Day or instant, such as 2026-11-02 or 2026-11-02T08:00Z; empty is now.",
            about_zh="日期或时刻,例如2026-11-02;空为现在。",
            example="2020-05-01",
        ),
        Column(
            name="term_to",
            zh="终止日",
            about="Day or instant, not included; empty is open.",
            about_zh="日期或时刻,不含当日;空为无期限。",
            example="2060-05-01",
        ),
        Column(
            name="scope.*",
            zh="范围.*",
            about="What the right is limited to, by name.",
            about_zh="权利的限定范围。",
            example="grazing",
        ),
        Column(
            name="old_number",
            zh="原登记号",
            about="Of the register it comes from: the title is taken over, not examined.",
            about_zh="原登记簿编号:按原登记接收,未经审查。",
            example="2016-00123",
        ),
        SOURCE,
    ),
    PLEDGES: (
        Column(
            name="entry",
            zh="登记编号",
            need="yes",
            about="Id of the register entry; its release names it.",
            about_zh="登记记录编号,解除时引用。",
            example="P-001",
        ),
        RIGHT,
        Column(
            name="holder",
            zh="权利人",
            need="yes",
            about="Who holds the right and gave it as security.",
            about_zh="权利人,即出质人。",
            example="firm-001",
        ),
        Column(
            name="creditor",
            zh="债权人",
            need="yes",
            about="Party for which the right is security.",
            about_zh="债权人的主体编号。",
            example="bank-01",
        ),
        Column(
            name="until",
            zh="到期日",
            about="Day or instant at which it lapses; empty is never.",
            about_zh="到期日期或时刻;空为不到期。",
            example="2028-12-31",
        ),
        Column(
            name="amount_minor",
            zh="担保额",
            about="What it secures at most, in minor units of the currency.",
            about_zh="最高担保额,以货币最小单位计。",
            example="50000000",
        ),
        Column(
            name="rank",
            zh="顺位",
            about="1 where nothing is pledged before; empty is 1.",
            about_zh="顺位,首位为1;空为1。",
            example="1",
        ),
        SOURCE,
    ),
}
IN_RIGHTS = (FACTOR, REGION, QUANTITY, ATTRIBUTE)  # may stand with the right, without a units table


def columns_of(table: str) -> tuple[Column, ...]:
    """The columns that are read of a table."""
    return (*TEMPLATES[table], *(IN_RIGHTS if table == RIGHTS else ()))


def column_named(table: str, head: str) -> str:
    """The column that a heading means, in either language; empty where it means none."""
    for column in columns_of(table):
        for word in (column.name, column.zh):
            if head == word and not word.endswith(MANY):
                return column.name
            stem = word.removesuffix("*")
            if word.endswith(MANY) and head.startswith(stem) and head > stem:
                return column.name.removesuffix("*") + head.removeprefix(stem)
    return ""


def words_rows() -> list[tuple[str, ...]]:
    """The words sheet: what every column means, in two languages, its head first."""
    head = ("table", "column", "列名", "needed", "meaning", "含义", "example")
    return [
        head,
        *(
            (table, c.name, c.zh, c.need, c.about, c.about_zh, c.example)
            for table, columns in TEMPLATES.items()
            for c in columns
        ),
    ]
