package person

import "strings"

// Severity says what a finding means for the row.
type Severity uint8

const (
	Fix     Severity = iota // a harmless change was made
	Warning                 // odd, but asked about all the same
	Fault                   // the row is invalid: no call is made
)

// Code names one kind of finding. The list is closed.
type Code uint8

const (
	EmptyRow Code = iota
	Missing
	Placeholder
	Masked
	Garbled
	LooksLikeName
	LooksLikeMobile
	LooksLikeIDCard
	CellDate
	CellBool
	CellError
	CellFormula
	CellNumber
	Filler
	Scientific

	NameDigits
	NamePrivateUse
	NameSymbol
	NameLatin
	NameDot
	NameTooShort
	NameTooLong

	MobileTooShort
	MobileTooLong
	MobileIoT
	MobileLandline
	MobileForeign
	MobileSeveral
	MobileCharacters
	MobileNotMobile
	MobileRounded

	IDLength
	IDFifteen
	IDDroppedX
	IDCharacters
	IDRegion
	IDBirth
	IDChecksum
	IDRounded
	IDNumberCell
	IDHomeReturn
	IDPassport
	IDOldForeign

	NameDotGuessed
	NameRare
	NameTitle
	MobileVirtual
	IDUncovered

	SpacesRemoved
	FullWidthFixed
	WrapperRemoved
	SeparatorsRemoved
	CountryCodeRemoved
	NumberRewritten
	UpperX
	NameDotFixed
	NamePrivateUseFixed
	NameRadicalFixed

	codes // how many there are
)

// Codes lists every code there is.
func Codes() []Code {
	all := make([]Code, codes)
	for i := range all {
		all[i] = Code(i)
	}
	return all
}

// String is a stable slug, the same in every language.
func (c Code) String() string { return meaning(c).slug }

// Severity of every finding with this code.
func (c Code) Severity() Severity { return meaning(c).severity }

func meaning(c Code) rule {
	if c&recalled != 0 {
		m := meaning(c &^ recalled)
		m.zh, m.en = m.zh+recalledHintZH, m.en+recalledHintEN
		return m
	}
	if c >= codes {
		return rule{severity: Fault, slug: "unknown", zh: "无法识别的问题", en: "unknown finding"}
	}
	return rules[c]
}

// Finding is one thing noticed about one cell. It never holds the cell's value.
type Finding struct {
	Column Column
	Code   Code
}

// Severity of the finding.
func (f Finding) Severity() Severity { return f.Code.Severity() }

// Text says in Chinese ("zh") or English (anything else) what is wrong and what
// to do. It never repeats a value.
func (f Finding) Text(lang string) string {
	m := meaning(f.Code)
	if lang == "zh" {
		return strings.ReplaceAll(m.zh, "{column}", columnsZH[f.Column%3])
	}
	return strings.ReplaceAll(m.en, "{column}", columnsEN[f.Column%3])
}

var (
	columnsZH = [3]string{"姓名", "手机号", "身份证号"}
	columnsEN = [3]string{"name", "mobile", "ID number"}
)

type rule struct {
	severity Severity
	slug     string
	zh, en   string
}

var rules = [codes]rule{
	EmptyRow: {Fault, "empty_row", "整行为空，请补全或删除这一行",
		"the row is empty: fill it in or delete it"},
	Missing: {Fault, "missing", "{column}为空，请补填",
		"{column} is empty: fill it in"},
	Placeholder: {Fault, "placeholder", "{column}是占位内容（如“无”“未知”“测试”），请填写真实信息",
		"{column} is only a placeholder: fill in the real one"},
	Masked: {Fault, "masked", "{column}带星号，已被脱敏，请填写完整内容",
		"{column} is masked with asterisks: fill in the whole value"},
	Garbled: {Fault, "garbled", "{column}有乱码或问号，请按证件重新填写；若整列如此，请检查文件编码",
		"{column} is garbled or has a question mark: retype it from the document; if the whole column is, check the file's encoding"},
	LooksLikeName: {Fault, "looks_like_name", "{column}这一格像是姓名，可能填错了列，请核对各列",
		"this {column} cell looks like a name: the columns may be swapped, check them"},
	LooksLikeMobile: {Fault, "looks_like_mobile", "{column}这一格像是手机号，可能填错了列，请核对各列",
		"this {column} cell looks like a mobile number: the columns may be swapped, check them"},
	LooksLikeIDCard: {Fault, "looks_like_id_card", "{column}这一格像是身份证号，可能填错了列，请核对各列",
		"this {column} cell looks like an ID number: the columns may be swapped, check them"},
	CellDate: {Fault, "cell_date", "{column}单元格是日期格式，请改成文本格式后重新填写",
		"the {column} cell is a date: format it as text and retype it"},
	CellBool: {Fault, "cell_bool", "{column}单元格是逻辑值（TRUE/FALSE），请重新填写",
		"the {column} cell is TRUE or FALSE: retype it"},
	CellError: {Fault, "cell_error", "{column}单元格是公式错误值（如 #N/A），请修正公式或直接填写",
		"the {column} cell is a formula's error such as #N/A: mend the formula or type the value"},
	CellFormula: {Fault, "cell_formula", "{column}单元格是公式，但没有保存计算结果，请用 Excel 打开并保存，或粘贴为数值",
		"the {column} cell is a formula without a saved value: open and save it in Excel, or paste it as a value"},
	CellNumber: {Fault, "cell_number", "{column}单元格是数字，请填写姓名",
		"the {column} cell is a number: fill in the name"},
	Filler: {Fault, "filler", "{column}是凑数的号码（如全部相同或 123456789…），请填写真实号码",
		"{column} is a made-up filler such as one digit repeated: fill in the real one"},
	Scientific: {Fault, "scientific", "{column}已变成科学计数法（如 1.38E+10），数字已丢失，请改成文本格式后从原始资料重新填写",
		"{column} was turned into scientific notation and has lost digits: format the cell as text and retype it from the source"},

	NameDigits: {Fault, "name_digits", "姓名里有数字，请按证件填写",
		"the name has digits in it: retype it from the document"},
	NamePrivateUse: {Fault, "name_private_use", "姓名里有自造字，无法识别，请用标准字库重新输入该生僻字",
		"the name has a character from a private local font: retype it with a standard one"},
	NameSymbol: {Fault, "name_symbol", "姓名里有不该有的符号或文字，请只填证件上的姓名",
		"the name has a symbol or letter that does not belong there: fill in only the name on the document"},
	NameLatin: {Fault, "name_latin", "姓名是字母，但证件号不是 9 开头的外国人永久居留证，请填写中文姓名",
		"the name is in Latin letters but the ID is not a foreigner's card (first digit 9): fill in the Chinese name"},
	NameDot: {Fault, "name_dot", "姓名里的间隔号位置不对（在开头、结尾或连续出现），请按证件填写，如“名·姓”",
		"the dot in the name is misplaced (first, last or doubled): retype it from the document"},
	NameTooShort: {Fault, "name_too_short", "姓名不足两个汉字，请填写全名",
		"the name has fewer than two Chinese characters: fill in the full name"},
	NameTooLong: {Fault, "name_too_long", "姓名超过 50 个字，请检查是否混入了其他内容",
		"the name is longer than 50 characters: check for other text in the cell"},

	MobileTooShort: {Fault, "mobile_too_short", "手机号不足 11 位，请补全",
		"the mobile number has fewer than 11 digits: complete it"},
	MobileTooLong: {Fault, "mobile_too_long", "手机号超过 11 位，请检查是否多输了数字",
		"the mobile number has more than 11 digits: check for extra ones"},
	MobileIoT: {Fault, "mobile_iot", "这是 13 位物联网卡号，无法核验，请填写本人的 11 位手机号",
		"this is a 13-digit machine (IoT) number and can't be verified: fill in the person's own 11-digit mobile"},
	MobileLandline: {Fault, "mobile_landline", "号码以 0 开头，像是座机或带了长途前缀，请填写 11 位手机号",
		"the number begins with 0, as a landline or with a dialling prefix: fill in the 11-digit mobile"},
	MobileForeign: {Fault, "mobile_foreign", "带有非 +86 的国际区号，只能核验中国大陆手机号，请更换",
		"the country code is not +86: only mainland China mobiles can be verified, fill in another"},
	MobileSeveral: {Fault, "mobile_several", "一格里有多个号码，请只保留一个手机号",
		"there are several numbers in one cell: keep one mobile"},
	MobileCharacters: {Fault, "mobile_characters", "手机号里有数字以外的字符，请只填 11 位数字",
		"the mobile number has characters that are not digits: fill in the 11 digits only"},
	MobileNotMobile: {Fault, "mobile_not_mobile", "不是手机号段（应以 13–19 开头），请核对",
		"this is not a mobile number (they begin with 13 to 19): check it"},
	MobileRounded: {Fault, "mobile_rounded", "手机号后面全是 0，像是被 Excel 取整了，请改成文本格式后重新填写",
		"the mobile number ends in zeros only, as if Excel had rounded it: format the cell as text and retype it"},

	IDLength: {Fault, "id_length", "身份证号位数不对（应为 18 位），请核对",
		"the ID number does not have 18 characters: check it"},
	IDFifteen: {Fault, "id_fifteen", "这是 15 位旧身份证号，已停用，请填写现行的 18 位号码",
		"this is an old 15-digit ID number, no longer valid: fill in today's 18-digit one"},
	IDDroppedX: {Fault, "id_dropped_x", "身份证号只有 17 位，末位（可能是 X）丢了，请补全",
		"the ID number has 17 digits, the last character (perhaps X) is gone: complete it"},
	IDCharacters: {Fault, "id_characters", "身份证号里有不该有的字符，应为 17 位数字加 1 位数字或 X，请核对",
		"the ID number has characters that do not belong there: it is 17 digits and a digit or X, check it"},
	IDRegion: {Fault, "id_region", "身份证号前两位不是有效的省级代码，请核对",
		"the ID number's first two digits are no province: check it"},
	IDBirth: {Fault, "id_birth", "身份证号中的出生日期不存在，请核对",
		"the birth date in the ID number does not exist: check it"},
	IDChecksum: {Fault, "id_checksum", "身份证号校验位不对，至少有一位输错了，请核对",
		"the ID number's check digit is wrong, so at least one digit is: check it"},
	IDRounded: {Fault, "id_rounded", "身份证号末尾是 000 且校验不通过，像是被 Excel 取整了，请改成文本格式后从原始资料重新填写",
		"the ID number ends in 000 and its check digit is wrong, as if Excel had rounded it: format the cell as text and retype it from the source"},
	IDNumberCell: {Fault, "id_number_cell", "身份证号存成了数字，Excel 已丢失最后几位，请改成文本格式后从原始资料重新填写",
		"the ID number was stored as a number and Excel has lost its last digits: format the cell as text and retype it from the source"},
	IDHomeReturn: {Fault, "id_home_return", "这是港澳居民来往内地通行证号，不能核验，请填写身份证或居住证号码",
		"this is a home-return permit, which can't be verified: fill in an ID card or residence permit number"},
	IDPassport: {Fault, "id_passport", "这像是护照号，不能核验，请填写身份证号",
		"this looks like a passport number, which can't be verified: fill in the ID number"},
	IDOldForeign: {Fault, "id_old_foreign", "这是旧版外国人永久居留证号（15 位），请填写 9 开头的新版 18 位号码",
		"this is an old 15-character foreigner's card: fill in the new 18-digit number that begins with 9"},

	NameDotGuessed: {Warning, "name_dot_guessed", "姓名里的点已按间隔号“·”处理，请留意",
		"the full stop in the name was taken as the dot of a name (·)"},
	NameRare: {Warning, "name_rare", "姓名含生僻字，运营商的登记写法可能不同，“不一致”的结果仅供参考",
		"the name has a rare character that the carrier may have stored otherwise: a mismatch is weak evidence"},
	NameTitle: {Warning, "name_title", "姓名像是称呼（如某先生、某女士），请确认是证件上的全名",
		"the name looks like a form of address: make sure it is the full name"},
	MobileVirtual: {Warning, "mobile_virtual", "虚拟运营商号段，多半查不到记录",
		"a virtual operator's number: most often there is no record of it"},
	IDUncovered: {Warning, "id_uncovered", "居住证或外国人永久居留证号码，运营商不一定支持核验",
		"a residence permit or foreigner's card: carriers may not cover it"},

	SpacesRemoved: {Fix, "spaces_removed", "已去掉{column}中的空格或不可见字符",
		"spaces or invisible characters were removed from the {column}"},
	FullWidthFixed: {Fix, "full_width_fixed", "已将{column}的全角字符转为半角",
		"full-width characters in the {column} were made half-width"},
	WrapperRemoved: {Fix, "wrapper_removed", "已去掉{column}外面的引号或等号",
		"the quotes or equals sign around the {column} were removed"},
	SeparatorsRemoved: {Fix, "separators_removed", "已去掉{column}中的分隔符",
		"separators were removed from the {column}"},
	CountryCodeRemoved: {Fix, "country_code_removed", "已去掉手机号前的国际区号 86",
		"the country code 86 was removed from the mobile number"},
	NumberRewritten: {Fix, "number_rewritten", "已将数字单元格的{column}还原为完整数字",
		"the {column} in a number cell was written out in full"},
	UpperX: {Fix, "upper_x", "已将身份证号末位 x 改为大写 X",
		"the last x of the ID number was made a capital X"},
	NameDotFixed: {Fix, "name_dot_fixed", "已将姓名中的间隔号统一为“·”",
		"the dot in the name was made the standard one (·)"},
	NamePrivateUseFixed: {Fix, "name_private_use_fixed", "已将姓名中的旧系统自造字转为标准字",
		"a character of an older system in the name was made the standard one"},
	NameRadicalFixed: {Fix, "name_radical_fixed", "已将姓名中的部首字形（常见于 PDF 复制）转为普通汉字",
		"a radical in the name, as copied from a PDF, was made the ordinary character"},
}
