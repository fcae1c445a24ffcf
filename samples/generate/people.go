package main

import (
	"iter"
	"math/rand/v2"
	"time"
)

// human is one synthetic person.
type human struct {
	name, mobile, idCard string
}

// customer is one row of a customer list.
type customer struct {
	human
	number int
	opened time.Time
	note   string
}

var customerHeader = []string{"客户编号", "姓名", "手机号", "身份证号", "开户日期", "备注"}

// segments were assigned to no operator.
var segments = [4]string{"154", "161", "164", "194"}

// reserved mobiles, 19400000000 to 19400000099, are the sandbox's test mobiles.
const (
	perSegment = 100_000_000
	reserved   = 100
	mobiles    = len(segments)*perSegment - reserved
)

// crowd makes distinct people, the same ones for the same seed.
type crowd struct {
	seed   uint64
	offset int
}

func newCrowd(seed uint64) crowd {
	r := rand.New(rand.NewPCG(seed, 0))
	return crowd{seed: seed, offset: r.IntN(mobiles)}
}

// person number i, 0 ≤ i < mobiles. No two share a mobile.
func (c crowd) person(i int) human {
	r := rand.New(rand.NewPCG(c.seed, uint64(i)+1))
	return human{name: someName(r), mobile: mobile(int((int64(i)*stride + int64(c.offset)) % int64(mobiles))), idCard: someID(r)}
}

// stride is a prime that does not divide mobiles, so that i*stride runs through
// all of them before one comes again.
const stride = 179_424_673

// mobile number n. The last segment is counted downwards: what is left out at the
// end are the reserved ones.
func mobile(n int) string {
	segment, rest := n/perSegment, n%perSegment
	if segment == len(segments)-1 {
		rest = perSegment - 1 - rest
	}
	var digits [11]byte
	copy(digits[:], segments[segment])
	for i := 10; i > 2; i-- {
		digits[i] = byte('0' + rest%10)
		rest /= 10
	}
	return string(digits[:])
}

var (
	surnames = [...]string{"王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林", "何", "郭", "马", "罗",
		"梁", "宋", "郑", "谢", "韩", "唐", "冯", "于", "董", "萧", "程", "曹", "袁", "邓", "许", "傅", "沈", "曾", "彭", "吕",
		"苏", "卢", "蒋", "蔡", "贾", "丁", "魏", "薛", "叶", "阎", "余", "潘", "杜", "戴", "夏", "钟", "汪", "田", "任", "姜",
		"欧阳", "上官", "司徒", "诸葛"}
	given = []rune("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红玲建文辉力斌梅鑫波宇浩凯健俊帆雪莹晨曦" +
		"子涵梓轩一诺思远嘉欣雨桐佳怡博文天佑若兮景行知远云舒清扬怀瑾安澜修竹")
	rareGiven = []rune("䶮㛃𠮷")
	dotted    = [...]string{"阿依古丽·买买提", "买买提·艾力", "古丽娜尔·阿不都", "扎西·次仁", "阿不都热合曼·吐尔逊", "迪丽努尔·帕尔哈提"}
)

func someName(r *rand.Rand) string {
	switch n := r.IntN(1000); {
	case n < 10:
		return dotted[r.IntN(len(dotted))]
	case n < 12:
		return surnames[r.IntN(len(surnames))] + string(rareGiven[r.IntN(len(rareGiven))])
	case n < 300:
		return surnames[r.IntN(len(surnames))] + string(given[r.IntN(len(given))])
	}
	return surnames[r.IntN(len(surnames))] + string(given[r.IntN(len(given))]) + string(given[r.IntN(len(given))])
}

var regions = [...]string{"110101", "120101", "130102", "140105", "150102", "210102", "220102", "230102", "310101", "320102",
	"330102", "340102", "350102", "360102", "370102", "410102", "420102", "430102", "440103", "450102",
	"460105", "500101", "510104", "520102", "530102", "540102", "610102", "620102", "630102", "640104", "650102"}

var firstBirth = time.Date(1950, 1, 1, 0, 0, 0, 0, time.UTC)

func someID(r *rand.Rand) string {
	birth := firstBirth.AddDate(0, 0, r.IntN(55*365))
	return idCard(regions[r.IntN(len(regions))], birth, 1+r.IntN(9))
}

// idCard with its check character; sequence is below 1000.
func idCard(region string, birth time.Time, sequence int) string {
	var b [18]byte
	copy(b[:], region)
	birth.AppendFormat(b[6:6], "20060102")
	b[14], b[15], b[16] = byte('0'+sequence/100), byte('0'+sequence/10%10), byte('0'+sequence%10)
	b[17] = checkCharacter(string(b[:17]))
	return string(b[:])
}

func checkCharacter(body string) byte {
	weights := [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += int(body[i]-'0') * w
	}
	return "10X98765432"[sum%11]
}

var firstOpened = time.Date(2018, 1, 1, 0, 0, 0, 0, time.UTC)

// list makes rows customers one by one; about duplicates percent of them repeat
// an earlier person under a number of their own.
func list(seed uint64, rows int, duplicates float64) iter.Seq[customer] {
	return func(yield func(customer) bool) {
		people := newCrowd(seed)
		r := rand.New(rand.NewPCG(seed, 1<<63))
		distinct := 0
		for i := range rows {
			c := customer{number: 100_001 + i, opened: firstOpened.AddDate(0, 0, r.IntN(8*365))}
			if distinct > 0 && r.Float64()*100 < duplicates {
				c.human = people.person(r.IntN(distinct))
				c.note = "重复"
			} else {
				c.human = people.person(distinct)
				distinct++
			}
			if !yield(c) {
				return
			}
		}
	}
}
