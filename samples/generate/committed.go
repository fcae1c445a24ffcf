package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// sample is one committed file.
type sample struct {
	name    string
	content []byte
}

// maker makes one.
type maker struct {
	name string // with slashes
	make func(io.Writer) error
}

// samples makes all committed files.
func samples() ([]sample, error) {
	customers, faults := slices.Values(customerRows()), slices.Values(faultRows())
	var all []sample
	makers := []maker{
		{"customers.csv", func(w io.Writer) error { return writeCSV(w, "utf-8", customerHeader, customers) }},
		{"customers-gbk.csv", func(w io.Writer) error { return writeCSV(w, "gb18030", customerHeader, customers) }},
		{"customers.xlsx", func(w io.Writer) error { return customerBook(w) }},
		{"expected-customers.json", func(w io.Writer) error { return expectations(w) }},
		{"faults.csv", func(w io.Writer) error { return writeCSV(w, "utf-8", customerHeader, faults) }},
		{"dirty.xlsx", func(w io.Writer) error { return dirtyBook(w) }},
	}
	for _, make := range slices.Concat(makers, shapeSamples(), bookSamples()) {
		var b bytes.Buffer
		if err := make.make(&b); err != nil {
			return nil, fmt.Errorf("%s: %w", make.name, err)
		}
		all = append(all, sample{make.name, b.Bytes()})
	}
	return all, nil
}

func rewriteSamples(dir string, out io.Writer) error {
	all, err := samples()
	if err != nil {
		return err
	}
	for _, s := range all {
		path := filepath.Join(dir, filepath.FromSlash(s.name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, s.content, 0o644); err != nil {
			return err
		}
		fmt.Fprintf(out, "%s: %d bytes\n", path, len(s.content))
	}
	return nil
}

// throttledOnce is refused once by the sandbox, then answered.
const throttledOnce = "19400000004"

// customerRows: 56 people, one of them throttled once, four of them twice.
func customerRows() []customer {
	const people = 56
	crowd := newCrowd(20260107)
	names := map[int]string{6: "阿依古丽·买买提", 17: "欧阳明月", 23: "马䶮", 31: "扎西·次仁", 44: "李㛃"}
	var rows []customer
	for i := range people {
		c := customer{number: 1001 + i, human: crowd.person(i), opened: firstOpened.AddDate(0, 0, 37*i)}
		if name, ok := names[i]; ok {
			c.name = name
		}
		if i%9 == 4 {
			c.note = "线上开户"
		}
		if i == 12 {
			c.mobile, c.note = throttledOnce, "沙箱：首次限流"
		}
		rows = append(rows, c)
		if i%14 == 9 { // a few rows after the first time
			again := rows[i-5]
			again.number, again.note = 2001+i, "重复登记"
			rows = append(rows, again)
		}
	}
	return rows
}

func customerBook(w io.Writer) error {
	b, err := newBook("客户名单", customerWidths, 1)
	if err != nil {
		return err
	}
	defer b.file.Close()
	if err := b.addCustomers(slices.Values(customerRows())); err != nil {
		return err
	}
	content, err := b.bytes()
	if err != nil {
		return err
	}
	_, err = w.Write(content)
	return err
}

// verdict by the sandbox's rule: the mobile's last digit.
func verdict(mobile string) string {
	switch last := mobile[len(mobile)-1]; {
	case last <= '6':
		return "match"
	case last <= '8':
		return "mismatch"
	}
	return "no_record"
}

type expectation struct {
	Rows     int            `json:"rows"`
	People   int            `json:"people"`
	Counts   map[string]int `json:"counts"`   // of rows
	Statuses []string       `json:"statuses"` // row by row
}

func expectations(w io.Writer) error {
	e := expectation{Counts: map[string]int{}}
	people := map[human]bool{}
	for _, c := range customerRows() {
		status := verdict(c.mobile)
		e.Rows++
		e.Counts[status]++
		e.Statuses = append(e.Statuses, status)
		people[c.human] = true
	}
	e.People = len(people)
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(e)
}

// faultRows: one row for each of the sandbox's test mobiles but the one in
// customers. What stops the batch comes last, and of that the empty package
// first: it decides the exit code.
func faultRows() []customer {
	fates := []struct {
		mobile int
		note   string
	}{
		{1, "一致"},
		{2, "不一致"},
		{3, "无记录"},
		{15, "首次网关繁忙，重试后一致"},
		{26, "首次连不上后端，重试后一致"},
		{14, "首次熔断，暂停后一致"},
		{17, "HTTP 450 返回无记录"},
		{21, "一致，result 为字符串"},
		{22, "一致，code 为数字、isFee 为布尔值"},
		{12, "数据方拒绝参数"},
		{6, "未处理即断开"},
		{7, "计次后断开"},
		{8, "计次后只有半个应答"},
		{24, "计次后重置连接"},
		{13, "后端超时"},
		{18, "网关内部错误"},
		{25, "后端断开连接"},
		{27, "中间代理返回 502 页面"},
		{9, "状态 200 但返回网页"},
		{11, "状态 200 但 code 为 99，无 data"},
		{28, "状态 200 但应答为空"},
		{10, "3 秒后返回一致"},
		{23, "应答分两段，间隔 3 秒"},
		{19, "45 秒后才返回一致"},
		{5, "套餐次数用完，停止批次"},
		{20, "套餐已过期，停止批次"},
		{16, "返回 302 跳转，停止批次"},
	}
	crowd := newCrowd(20260202)
	var rows []customer
	for i, f := range fates {
		c := customer{number: 3001 + i, human: crowd.person(i), opened: time.Date(2025, 6, 1+i, 0, 0, 0, 0, time.UTC), note: f.note}
		c.mobile = fmt.Sprintf("194000000%02d", f.mobile)
		rows = append(rows, c)
	}
	return rows
}
