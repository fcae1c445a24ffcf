package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	mostBytes   = 1 << 30          // of one request
	mostUploads = 4                // at a time
	slowest     = 30 * time.Second // without a byte: the upload has ended
	formBytes   = 64 << 10
)

// upload takes files as they come, from the connection to the disk.
func (s *Server) upload(w http.ResponseWriter, r *http.Request) {
	wantsJSON := strings.Contains(r.Header.Get("Accept"), "application/json")
	made, status, problem := s.receive(w, r)
	if len(made) > 0 {
		s.queue.look()
		problem = notAll(problem, made)
	}
	switch {
	case wantsJSON && problem != nil:
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		json.NewEncoder(w).Encode(map[string]string{"error": problem.in(s.lang(r))})
	case wantsJSON:
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(map[string]string{"location": "/batches/" + made[0].ID})
	case problem != nil:
		s.sayError(w, r, status, *problem)
	case len(made) == 1:
		http.Redirect(w, r, "/batches/"+made[0].ID, http.StatusSeeOther)
	default:
		http.Redirect(w, r, "/", http.StatusSeeOther)
	}
}

func (s *Server) receive(w http.ResponseWriter, r *http.Request) (made []batch, status int, problem *Words) {
	select {
	case s.uploads <- struct{}{}:
		defer func() { <-s.uploads }()
	default:
		return nil, http.StatusServiceUnavailable, &Words{"正在上传的文件太多，请稍后再试", "too many uploads at a time: try again in a moment"}
	}
	r.Body = http.MaxBytesReader(w, &steady{r.Body, http.NewResponseController(w), s.slowest}, s.mostBytes)
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, http.StatusBadRequest, &Words{"这不是一个上传请求", "this is not an upload"}
	}
	trusted := s.guard.fromUs(r, "")
	for {
		part, err := parts.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			status, problem := uploadProblem(err)
			return made, status, problem
		}
		if part.FormName() == "csrf" {
			b, _ := io.ReadAll(io.LimitReader(part, formBytes)) // what is cut off is no token
			trusted = trusted || s.guard.fromUs(r, string(b))
			continue
		}
		if !trusted { // before a byte of a file is kept
			return made, http.StatusForbidden, &expired
		}
		if part.FormName() != "file" || part.FileName() == "" {
			continue
		}
		b, err := s.keep(part)
		if err != nil {
			status, problem := uploadProblem(err)
			return made, status, problem
		}
		made = append(made, b)
	}
	if len(made) == 0 {
		return nil, http.StatusBadRequest, &Words{"没有选择文件", "no file was chosen"}
	}
	return made, 0, nil
}

// notAll says which files came before the one that did not.
func notAll(problem *Words, made []batch) *Words {
	if problem == nil {
		return nil
	}
	var names []string
	for _, b := range made {
		names = append(names, b.Name)
	}
	return &Words{
		problem.ZH + "（此前的文件已收下：" + strings.Join(names, "、") + "）",
		problem.EN + " (the files before it were taken: " + strings.Join(names, ", ") + ")",
	}
}

var expired = Words{"页面已过期，请刷新后再试", "this page is too old: reload it and try again"}

// keep writes one file into a batch of its own. A batch is known only once its list
// is whole and on disk.
func (s *Server) keep(part *multipart.Part) (b batch, err error) {
	b, list, err := s.store.create(harmless(part.FileName()))
	defer func() {
		if err != nil {
			os.RemoveAll(s.store.unfinished(b.ID)) // what stays goes at the next start
		}
	}()
	if err != nil {
		return b, err
	}
	f, err := os.OpenFile(list, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return b, err
	}
	_, err = io.Copy(f, part)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return b, err
	}
	return b, s.store.add(b)
}

func uploadProblem(err error) (status int, problem *Words) {
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return http.StatusRequestEntityTooLarge, &Words{"文件太大：最多 1 GiB", "the file is too large: at most 1 GiB"}
	case errors.Is(err, syscall.ENOSPC):
		return http.StatusInsufficientStorage, &Words{"磁盘已满，文件没有保存：请腾出空间后再传", "the disk is full and nothing was kept: make room and upload it again"}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return http.StatusRequestTimeout, &Words{"上传中断，文件没有保存：请再传一次", "the upload stopped and nothing was kept: upload it again"}
	}
	return http.StatusBadRequest, &Words{"上传没有完成，文件没有保存：请再传一次", "the upload did not end and nothing was kept: upload it again"}
}

// steady lets a slow upload go on as long as something comes, and no longer.
type steady struct {
	io.ReadCloser
	conn    *http.ResponseController
	slowest time.Duration
}

func (s *steady) Read(p []byte) (int, error) {
	if err := s.conn.SetReadDeadline(time.Now().Add(s.slowest)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	return s.ReadCloser.Read(p)
}

// extensions are kept, so that what a file is called is what it is; whether it can
// be read, the program says.
var extensions = []string{".xlsx", ".xlsm", ".xls", ".csv", ".txt", ".tsv", ".et", ".ods", ".numbers"}

// reserved names mean devices on Windows, with any extension.
var reserved = []string{"con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9",
	"lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9"}

const longestName = 60 // runes, before the extension: 240 bytes of Chinese at most

// harmless turns an uploaded file's name into one that is a name on every system,
// and nothing else: no path, no control or direction-changing character, no device.
func harmless(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	ext := strings.ToLower(filepath.Ext(name))
	if !slices.Contains(extensions, ext) {
		ext = ".dat"
	} else {
		name = name[:len(name)-len(ext)]
	}
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.Is(unicode.M, r), strings.ContainsRune("-_()（）[]【】 +、，·", r):
			return r
		case r == '.':
			return '.'
		}
		return '_'
	}, strings.ToValidUTF8(name, "_"))
	name = strings.Trim(name, ". ")
	if utf8.RuneCountInString(name) > longestName {
		name = strings.TrimRight(string([]rune(name)[:longestName]), ". ")
	}
	device, _, _ := strings.Cut(strings.ToLower(name), ".")
	if name == "" || slices.Contains(reserved, strings.TrimSpace(device)) {
		name = fmt.Sprintf("list_%s", name)
	}
	return name + ext
}
