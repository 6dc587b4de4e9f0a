"""Names that every chapter of the provinces' report uses."""

from provinces_data import YEARS

from yaosu.evaluation.report.parts import Column, Words

LAST = YEARS[-1]
NAMES = {
    "alone": Words("Each alone", "各省单独"),
    "partial": Words("Partial opening", "部分开放"),
    "one-market": Words("One market", "统一市场"),
}
PROVINCE = Column(Words("Province", "省份"))
YEAR = Column(Words("Year", "年份"))
YIELD = Words("Yield of one yuan of capital, yuan a year", "每元资本年产出，元")
BILLION = Words("billion yuan", "十亿元")
TO_BILLION = 0.1  # from 100 million
