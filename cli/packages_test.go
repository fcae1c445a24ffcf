package cli

import (
	"strings"
	"testing"
)

// TestCoverIsTheCheapest tries every choice for small numbers, and holds the rest to what it must be.
func TestCoverIsTheCheapest(t *testing.T) {
	for _, calls := range []int64{1, 99, 100, 101, 900, 999, 1_000, 1_001, 4_300, 5_000, 5_100, 9_950, 10_000, 10_100, 47_000, 50_001, 99_900, 190_000, 200_000, 200_100, 1_048_575, 40_000_123} {
		count, cost, left := cover(calls)
		var have int64
		var sum yuan
		for i, n := range count {
			have += n * bundles[i].calls
			sum += yuan(n) * bundles[i].price
		}
		if have-calls != left || left < 0 || sum != cost {
			t.Fatalf("%d calls: %v has %d, costs %s, left %d", calls, count, have, sum, left)
		}
		if calls <= 10_100 {
			if least := cheapest(calls, len(bundles)-1); cost != least {
				t.Errorf("%d calls: %s, and %s is possible", calls, cost, least)
			}
		}
		// One package more or less of any kind, made up for with the smallest ones, is never cheaper.
		for i := range bundles {
			short := max(0, bundles[i].calls-left)
			if count[i] > 0 && cost-bundles[i].price+bundles[0].price*yuan((short+99)/100) < cost {
				t.Errorf("%d calls: %v is dearer than with one of %d less", calls, count, bundles[i].calls)
			}
			if alone := bundles[i].price * yuan((calls+bundles[i].calls-1)/bundles[i].calls); alone < cost {
				t.Errorf("%d calls: %s, and %s with packages of %d alone", calls, cost, alone, bundles[i].calls)
			}
		}
	}
	if s := advice(1234, zh); !strings.Contains(s, "1000 次 × 1 + 100 次 × 3，共 ¥211.00，余 66 次") {
		t.Error(s)
	}
	if advice(0, en) != "" {
		t.Error("advice about nothing")
	}
}

// cheapest tries everything, with packages up to the i-th.
func cheapest(calls int64, i int) yuan {
	if calls <= 0 {
		return 0
	}
	if i == 0 {
		return bundles[0].price * yuan((calls+bundles[0].calls-1)/bundles[0].calls)
	}
	least := cheapest(calls, i-1)
	for n := int64(1); ; n++ {
		if rest := bundles[i].price*yuan(n) + cheapest(calls-n*bundles[i].calls, i-1); rest < least {
			least = rest
		}
		if n*bundles[i].calls >= calls {
			return least
		}
	}
}
