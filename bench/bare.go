package main

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"

	"github.com/xuri/excelize/v2"
)

// resultCells stand for the nine columns that a run adds.
var resultCells = []string{"一致", "1", "一致", "CMCC", "1", "SX00000000-0000000001", "checkpoint", "2026-01-01T08:00:00+08:00", ""}

// bareClient asks about everybody in a list: URL LIST WORKERS. It keeps nothing.
func bareClient(args []string) error {
	f, err := os.Open(args[1])
	if err != nil {
		return err
	}
	defer f.Close()
	workers := number(args[2])
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: workers, MaxConnsPerHost: workers}}
	people := make(chan [3]string, 4*workers)
	failed := make(chan error, workers)
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for p := range people {
				if err := bareCall(client, args[0], p); err != nil {
					select {
					case failed <- err:
					default:
					}
				}
			}
		})
	}
	r := csv.NewReader(bufio.NewReaderSize(f, 1<<16))
	r.ReuseRecord = true
	_, err = r.Read()
	for err == nil {
		var row []string
		if row, err = r.Read(); err == nil {
			people <- [3]string{row[1], row[2], row[3]}
		}
	}
	close(people)
	all.Wait()
	close(failed)
	if err == io.EOF {
		err = nil
	}
	return errors.Join(err, <-failed)
}

func bareCall(client *http.Client, to string, p [3]string) error {
	body := url.Values{"name": {p[0]}, "mobile": {p[1]}, "idCard": {p[2]}}.Encode()
	req, err := http.NewRequest(http.MethodPost, to, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	req.Header.Set("Authorization", "APPCODE bench")
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", resp.StatusCode)
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

// bareReplayCSV reads a list twice and writes it once, nine columns wider: LIST OUT.
func bareReplayCSV(args []string) error {
	if err := readCSV(args[0], func([]string) error { return nil }); err != nil {
		return err
	}
	f, err := os.Create(args[1])
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(f, 1<<16)
	w := csv.NewWriter(out)
	var wide []string
	err = readCSV(args[0], func(row []string) error {
		wide = append(append(wide[:0], row...), resultCells...)
		return w.Write(wide)
	})
	w.Flush()
	return errors.Join(err, w.Error(), out.Flush(), syncAndClose(f))
}

func readCSV(path string, each func([]string) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	r := csv.NewReader(bufio.NewReaderSize(f, 1<<16))
	r.ReuseRecord = true
	for {
		row, err := r.Read()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = each(row)
		}
		if err != nil {
			return err
		}
	}
}

// bareReplayXLSX does with excelize what bareReplayCSV does: LIST OUT.
func bareReplayXLSX(args []string) error {
	if err := readBook(args[0], func([]string) error { return nil }); err != nil {
		return err
	}
	b, err := newBareBook()
	if err != nil {
		return err
	}
	var wide []any
	err = readBook(args[0], func(row []string) error {
		wide = wide[:0]
		for _, cell := range row {
			wide = append(wide, cell)
		}
		for _, cell := range resultCells {
			wide = append(wide, cell)
		}
		return b.add(wide)
	})
	return errors.Join(err, b.save(args[1]))
}

// bareRows reads a workbook: BOOK ROWS.
func bareRows(args []string) error {
	n := 0
	err := readBook(args[0], func([]string) error { n++; return nil })
	return errors.Join(err, expect("rows", n-1, number(args[1])))
}

func readBook(path string, each func([]string) error) error {
	f, err := excelize.OpenFile(path, excelize.Options{RawCellValue: true})
	if err != nil {
		return err
	}
	defer f.Close()
	rows, err := f.Rows("Sheet1")
	if err != nil {
		return err
	}
	for rows.Next() {
		row, err := rows.Columns()
		if err == nil {
			err = each(row)
		}
		if err != nil {
			return err
		}
	}
	return errors.Join(rows.Error(), rows.Close())
}
