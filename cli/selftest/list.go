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
		name, mobile, idCard := Somebody(i)
		w.Write([]string{fmt.Sprint(i), name, mobile, idCard})
	}
	w.Flush()
	return errors.Join(w.Error(), f.Close())
}

// Somebody is one of ten million synthetic people: each who below that is another one.
func Somebody(who int) (name, mobile, idCard string) {
	return "张三", fmt.Sprintf("164%08d", who), idCardOf(who)
}

// idCardOf is a valid number of 18 digits that nobody has.
func idCardOf(who int) string {
	body := fmt.Sprintf("110101%04d%02d%02d%03d", 1950+who/336_000, 1+who/1000%12, 1+who/12_000%28, who%1000)
	sum := 0
	for i, weight := range [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += weight * int(body[i]-'0')
	}
	return body + string("10X98765432"[sum%11])
}
