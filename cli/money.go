package cli

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// yuan is an amount in ten-thousandths of a yuan: prices such as 0.155 are
// exact, and a budget of 0.48 at 0.16 is three calls, not two.
type yuan int64

const oneYuan yuan = 10_000

func parseYuan(s string) (yuan, error) {
	whole, frac, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(s), "¥"), ".")
	if len(frac) > 4 || whole == "" && frac == "" || strings.ContainsAny(whole+frac, "+-_eE") {
		return 0, errors.New("an amount in yuan with at most four decimals, such as 0.16")
	}
	n, err := strconv.ParseInt(whole+frac+strings.Repeat("0", 4-len(frac)), 10, 64)
	if err != nil {
		return 0, errors.New("an amount in yuan, such as 0.16")
	}
	return yuan(n), nil
}

// String shows at least two decimals, and more only where they count.
func (y yuan) String() string {
	s := fmt.Sprintf("%d.%04d", y/oneYuan, y%oneYuan)
	for strings.HasSuffix(s, "0") && len(s)-strings.IndexByte(s, '.') > 3 {
		s = s[:len(s)-1]
	}
	return "¥" + s
}

// times is the price of n calls; it stays at the largest amount instead of
// overflowing.
func (y yuan) times(n int64) yuan {
	if y != 0 && n > math.MaxInt64/int64(y) {
		return math.MaxInt64
	}
	return y * yuan(n)
}
