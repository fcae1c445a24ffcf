package selftest

import (
	"encoding/csv"
	"errors"
	"fmt"
	"os"
)

// WriteList writes a CSV of n distinct synthetic people to path: no, name, mobile, idCard.
func WriteList(path string, n int) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	w := csv.NewWriter(f)
	w.Write([]string{"no", "name", "mobile", "idCard"}) // errors stick: see Error below
	for i := range n {
		w.Write([]string{fmt.Sprint(i), "张三", mobile(i), idCard(i)})
	}
	w.Flush()
	return errors.Join(w.Error(), f.Close())
}

// mobile is a number that nobody has, for each who below 43 million another one. It has no zero in it: the stand-in's serial
// numbers are full of them, and one that happened to hold the person's mobile would be taken for it and not be kept.
func mobile(who int) string {
	digits := []byte("16411111111")
	for i := len(digits) - 1; who > 0; i-- {
		digits[i] += byte(who % 9)
		who /= 9
	}
	return string(digits)
}

// idCard is a valid number of 18 digits that nobody has: each who below 10 million gets another one.
func idCard(who int) string {
	body := fmt.Sprintf("110101%04d%02d%02d%03d", 1950+who/336_000, 1+who/1000%12, 1+who/12_000%28, who%1000)
	sum := 0
	for i, weight := range [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += weight * int(body[i]-'0')
	}
	return body + string("10X98765432"[sum%11])
}
