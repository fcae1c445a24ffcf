package writer

import "testing"

func TestParseNumber(t *testing.T) {
	for _, c := range []struct {
		in   string
		want float64
		ok   bool
	}{
		{"0", 0, true}, {"-1", -1, true}, {"12.50", 12.5, true}, {".5", 0.5, true},
		{"123456789012345", 123456789012345, true},
		{"-0.123456789012345", -0.123456789012345, true},
		{"1E+20", 1e20, true}, {"1.5e-7", 1.5e-7, true},
		{"1234567890123456", 0, false},                   // 16 digits: an identifier
		{"110101199003070000", 0, false},                 // the zeros are digits of an identifier
		{"0.33333333333333331", 0.333333333333333, true}, // a computed third
		{"0.30000000000000004", 0.3, true},
		{"0.12345678901234567891", 0, false},
		{"0.1234567890123456789", 0, false},
		{"007", 0, false}, {"+1", 0, false}, {"1,000", 0, false}, {"", 0, false}, {"-", 0, false}, {".", 0, false},
		{"1.", 0, false}, {"1e", 0, false}, {"1e+-3", 0, false}, {"1e999", 0, false}, {"1e-999", 0, false},
		{"0x10", 0, false}, {"1_0", 0, false}, {"NaN", 0, false}, {"Inf", 0, false}, {"１", 0, false},
	} {
		got, ok := parseNumber(c.in)
		if ok != c.ok || ok && got != c.want {
			t.Errorf("parseNumber(%q) = %v, %v; want %v, %v", c.in, got, ok, c.want, c.ok)
		}
	}
}

func TestParseDate(t *testing.T) {
	for _, c := range []struct {
		in    string
		want  float64
		shows moment
		ok    bool
	}{
		{"1900-03-01", 61, day, true},
		{"2024-02-29", 45351, day, true},
		{"9999-12-31", 2958465, day, true},
		{"2024-02-29 12:00:00", 45351.5, dayTime, true},
		{"2024-02-29T06:00", 45351.25, dayTime, true},
		{"2024-02-29 12:00:00.500", 45351 + 43200.5/86400, dayMilli, true},
		{"18:00:00", 0.75, clock, true},
		{"30:00:00", 1.25, duration, true},
		{"1:00:00", 1. / 24, clock, true},
		{"30:60:00", 0, 0, false},
		{"999999999:00:00", 0, 0, false},
		{"1900-02-28", 0, 0, false},
		{"2024-02-30", 0, 0, false},
		{"2024-02-29 12:00:00.0000001", 0, 0, false},
		{"2024-02-29T12:00:00+08:00", 0, 0, false},
		{"2024/2/9", 0, 0, false},
		{"", 0, 0, false},
	} {
		got, shows, ok := parseDate(c.in)
		if ok != c.ok || got != c.want || shows != c.shows {
			t.Errorf("parseDate(%q) = %v, %v, %v; want %v, %v, %v", c.in, got, shows, ok, c.want, c.shows, c.ok)
		}
	}
}

func TestNames(t *testing.T) {
	n := names{}
	for _, c := range []struct {
		name string
		part int
		want string
	}{
		{"核验结果", 1, "核验结果"},
		{"核验结果", 2, "核验结果 2"},
		{"核验结果", 1, "核验结果 3"}, // 2 is taken: the next free one
		{"a[b]:c*d?e/f\\g", 1, "a_b__c_d_e_f_g"},
		{"'it's'", 1, "’it’s’"},
		{"", 1, "Rows"},
		{"rows", 1, "rows 2"},
		{"History", 1, "Rows 3"},
		{"0123456789012345678901234567890123", 1, "0123456789012345678901234567890"},
		{"0123456789012345678901234567890123", 2, "01234567890123456789012345678 2"},
		{"𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷", 1, "𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷"},
		{"a\x01b\uffff", 1, "a_b_"},
	} {
		if got := n.take(c.name, "Rows", c.part); got != c.want {
			t.Errorf("take(%q, %d) = %q, want %q", c.name, c.part, got, c.want)
		}
	}
}
