package person

// v1Private reports the private use areas, where each font has its own way.
func v1Private(r rune) bool {
	return r >= 0xE000 && r <= 0xF8FF || r >= 0xF0000
}

// v1PrivateUse maps a character that older GBK systems kept in the private use
// area, U+E815 to U+E864, to the one Unicode has for it since. Other private
// characters mean something in one office's font only.
func v1PrivateUse(r rune) (rune, bool) {
	if r < v1PrivateFirst || r >= v1PrivateFirst+rune(len(v1PrivateMap)) {
		return 0, false
	}
	mapped := v1PrivateMap[r-v1PrivateFirst]
	return mapped, mapped != 0
}

const v1PrivateFirst = 0xE815

// In the order of GBK FE50 to FEA0. Zero: no such character.
var v1PrivateMap = [80]rune{
	0x2E81, 0x20087, 0x20089, 0x200CC, 0x2E84, 0x3473, 0x3447, 0x2E88, // E815
	0x2E8B, 0x9FB4, 0x359E, 0x361A, 0x360E, 0x2E8C, 0x2E97, 0x396E, // E81D
	0x3918, 0x9FB5, 0x39CF, 0x39DF, 0x3A73, 0x39D0, 0x9FB6, 0x9FB7, // E825
	0x3B4E, 0x3C6E, 0x3CE0, 0x2EA7, 0x215D7, 0x9FB8, 0x2EAA, 0x4056, // E82D
	0x415F, 0x2EAE, 0x4337, 0x2EB3, 0x2EB6, 0x2EB7, 0x2298F, 0x43B1, // E835
	0x43AC, 0x2EBB, 0x43DD, 0x44D6, 0x4661, 0x464C, 0x9FB9, 0x4723, // E83D
	0x4729, 0x477C, 0x478D, 0x2ECA, 0x4947, 0x497A, 0x497D, 0x4982, // E845
	0x4983, 0x4985, 0x4986, 0x499F, 0x499B, 0x49B7, 0x49B6, 0x9FBA, // E84D
	0x241FE, 0x4CA3, 0x4C9F, 0x4CA0, 0x4CA1, 0x4C77, 0x4CA2, 0x4D13, // E855
	0x4D14, 0x4D15, 0x4D16, 0x4D17, 0x4D18, 0x4D19, 0x4DAE, 0x9FBB, // E85D
}

// v1Radical gives the ordinary character for U+2F00 to U+2FD5, one for one. Text
// copied from a PDF is full of them and they look the same.
func v1Radical(r rune) rune { return v1Radicals[r-0x2F00] }

var v1Radicals = []rune("" +
	"一丨丶丿乙亅二亠人儿入八冂冖冫几凵刀力勹匕匚匸十卜卩厂厶又口囗土士夂夊夕" +
	"大女子宀寸小尢尸屮山巛工己巾干幺广廴廾弋弓彐彡彳心戈戶手支攴文斗斤方无日" +
	"曰月木欠止歹殳毋比毛氏气水火爪父爻爿片牙牛犬玄玉瓜瓦甘生用田疋疒癶白皮皿" +
	"目矛矢石示禸禾穴立竹米糸缶网羊羽老而耒耳聿肉臣自至臼舌舛舟艮色艸虍虫血行" +
	"衣襾見角言谷豆豕豸貝赤走足身車辛辰辵邑酉釆里金長門阜隶隹雨靑非面革韋韭音" +
	"頁風飛食首香馬骨高髟鬥鬯鬲鬼魚鳥鹵鹿麥麻黃黍黑黹黽鼎鼓鼠鼻齊齒龍龜龠")
