package cli

import (
	"fmt"
	"strings"
)

// bundle is one package of calls as the service's product page offers it.
type bundle struct {
	calls int64
	price yuan
}

// bundles are those that anybody may buy any number of, from small to large. The
// page calls its prices a guide; the offers for first-time buyers are left out.
var bundles = []bundle{
	{100, 17 * oneYuan}, {1_000, 160 * oneYuan}, {5_000, 800 * oneYuan}, {10_000, 1_550 * oneYuan},
	{20_000, 3_000 * oneYuan}, {50_000, 6_500 * oneYuan}, {100_000, 13_000 * oneYuan}, {200_000, 24_000 * oneYuan},
}

// cover is the cheapest choice of packages for so many calls: how many of each,
// in the order of bundles.
func cover(calls int64) (count []int64, cost yuan, left int64) {
	count = make([]int64, len(bundles))
	unit, largest := bundles[0].calls, len(bundles)-1
	// The largest is the cheapest a call: of a huge list all but the last part is
	// covered by it.
	if bulk := calls/bundles[largest].calls - 2; bulk > 0 {
		count[largest] = bulk
		calls -= bulk * bundles[largest].calls
	}
	units := (calls + unit - 1) / unit
	best := make([]yuan, units+1) // the least that covers so many units
	by := make([]int, units+1)    // the package bought last
	for u := int64(1); u <= units; u++ {
		for i, b := range bundles {
			before := best[max(0, u-b.calls/unit)]
			if i == 0 || before+b.price < best[u] {
				best[u], by[u] = before+b.price, i
			}
		}
	}
	have := int64(0)
	for u := units; u > 0; u -= bundles[by[u]].calls / unit {
		count[by[u]]++
		have += bundles[by[u]].calls
	}
	for i, n := range count {
		cost += bundles[i].price * yuan(n)
	}
	return count, cost, have - calls
}

// advice names the packages that cover so many calls best; "" for none.
func advice(calls int64, l lang) string {
	if calls == 0 {
		return ""
	}
	count, cost, left := cover(calls)
	var parts []string
	for i := len(count) - 1; i >= 0; i-- {
		if count[i] > 0 {
			parts = append(parts, fmt.Sprintf(l.of(text{"%d 次 × %d", "%d calls × %d"}), bundles[i].calls, count[i]))
		}
	}
	return fmt.Sprintf(l.of(text{
		"按产品页价目，最省的套餐：%s，共 %s，余 %d 次（价格以实际页面为准）",
		"by the product page's prices the cheapest packages are: %s, %s in all, %d calls left over (the page's own prices count)",
	}), strings.Join(parts, " + "), cost, left)
}
