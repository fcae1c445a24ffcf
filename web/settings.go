package web

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

func (s *Server) settings(w http.ResponseWriter, r *http.Request) {
	s.showSettings(w, r, http.StatusOK, SettingsPage{Saved: r.URL.Query().Has("saved")})
}

func (s *Server) showSettings(w http.ResponseWriter, r *http.Request, status int, p SettingsPage) {
	p.Page, p.Data, p.Stored = s.page(r), s.Data, s.appCodeStored()
	p.Fixed = s.Fixed
	p.Outside = s.Fixed || p.Ready && !p.Stored && !s.Sandbox
	s.show(w, r, status, "settings", p)
}

// AppCodeFile is where the page keeps the AppCode that somebody entered.
func AppCodeFile(data string) string { return filepath.Join(data, "appcode") }

func (s *Server) appCodeStored() bool {
	_, err := os.Stat(AppCodeFile(s.Data))
	return err == nil
}

func (s *Server) storeSettings(w http.ResponseWriter, r *http.Request) {
	code := strings.TrimSpace(r.PostFormValue("appcode"))
	var err error
	switch {
	case s.Fixed:
		http.Redirect(w, r, "/settings", http.StatusSeeOther) // nothing would use it
		return
	case r.PostFormValue("forget") == "yes":
		if err = os.Remove(AppCodeFile(s.Data)); errors.Is(err, os.ErrNotExist) {
			err = nil
		}
	case code == "":
		http.Redirect(w, r, "/settings", http.StatusSeeOther) // nothing was saved
		return
	case len(code) > 200 || strings.ContainsFunc(code, func(r rune) bool { return r <= ' ' || r > '~' }):
		s.showSettings(w, r, http.StatusUnprocessableEntity, SettingsPage{Problem: Words{
			"这不像 AppCode：它由字母和数字组成，没有空格", "this is no AppCode: it is made of letters and digits, without blanks",
		}.in(s.lang(r))})
		return
	default:
		err = WriteFile(AppCodeFile(s.Data), []byte(code+"\n"))
	}
	if err != nil {
		s.showSettings(w, r, http.StatusInternalServerError, SettingsPage{Problem: notKept(err).in(s.lang(r))})
		return
	}
	http.Redirect(w, r, "/settings?saved", http.StatusSeeOther)
}
