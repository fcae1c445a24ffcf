package web

import "time"

// What the templates are given. A page is rendered once for each request; live
// numbers follow as events (see Live).

// Page is what every screen knows.
type Page struct {
	Lang    string // "zh" or "en"
	CSRF    string // goes into every form, as the field csrf, and into the X-CSRF header of what a script sends
	Sandbox bool   // nothing here costs money, and no answer is real
	Ready   bool   // there are credentials (or it is a sandbox): calls can be made
	Service string // whom calls go to
	Path    string // of this page, for the language switch to come back to
	Version string
}

// HomePage is the list of batches, and the place to drop a file.
type HomePage struct {
	Page
	Batches   []BatchRow
	MaxUpload string   // "1 GiB"
	Retain    string   // "30" days; empty: batches stay until deleted
	Damaged   []string // folders of lists whose records can't be used
}

// BatchRow is a batch in the list.
type BatchRow struct {
	ID      string
	Seen    int64  // goes into each form that agrees to spend, as the field seen
	Name    string // of the file as it was uploaded, made harmless
	State   State
	Rows    int64
	Calls   int64  // made so far
	Cost    string // of these, at most: "¥12.34"
	Percent int    // of its rows, while it runs
	Created time.Time
	Expires time.Time // zero: never
}

// State is where a batch stands.
type State string

const (
	Checking State = "checking" // the first reading; spends nothing
	Refused  State = "refused"  // the file can't be used as it is
	Checked  State = "checked"  // priced, and nothing agreed
	Waiting  State = "waiting"  // agreed; another batch is running
	Running  State = "running"
	Pausing  State = "pausing" // no new call; those under way are waited for
	Paused   State = "paused"  // goes on when somebody says so
	Asking   State = "asking"  // has a question that money depends on
	Failed   State = "failed"  // ended by itself before its end; resumable
	Finished State = "finished"
	Stopped  State = "stopped" // ended by somebody; resumable
)

// CheckPage shows what a file was taken for, what is wrong with it and what it
// costs. Nothing was spent. State is Checking, Refused or Checked.
type CheckPage struct {
	Page
	Batch   BatchRow
	Message string   // of a refusal: what is wrong and what to do
	Ours    bool     // and that is not the list
	Found   []string // sentences: sheet, encoding, header, columns, why
	Notes   []string // what is worth knowing of the file
	Header  []ColumnName
	AtRow   string        // what somebody entered as the header's row; empty: found by the program
	Fields  []FieldChoice // name, mobile, idCard
	Sample  []SampleRow   // the first rows, masked
	Counts  Counts
	Faults  []Fault // the first of them
	More    int64   // faults that are not shown
	Price   string  // "¥0.16"
	Cost    string  // of all calls, at most
	Time    string  // "约 8 分钟"; empty: unknown
	Rate    float64 // suggested calls a second
	Budget  string  // the cost as the form holds it, "12.80"
	Unclear int64   // people who may be sent again
	Resend  string  // what sending people in doubt again would cost more; empty: nobody is in doubt
	Who     string  // who started the last batch, to be offered again
	Purpose string  // as it was entered, if something was wrong
	Problem string  // what was wrong with the form that was sent
}

// ColumnName is a column of the input, to be chosen.
type ColumnName struct {
	Letter string // "A"
	Text   string // its header
}

// FieldChoice is one of the three columns that the service needs.
type FieldChoice struct {
	Field  string // name, mobile or idCard: the form's field
	Label  string
	Letter string // the column that was taken for it; empty: none
}

// SampleRow is a row of the input, masked.
type SampleRow struct {
	Line                 int
	Name, Mobile, IDCard string
}

// Counts are rows by what becomes of them.
type Counts struct {
	Rows, ToAsk, Duplicates, Known, InDoubt, Invalid int64
}

// Fault is what is wrong with a row: never a value.
type Fault struct {
	Line   int
	Column string // its header or letter; empty: the row
	Text   string
	Asked  bool // it is odd, and the row is asked about all the same
}

// WatchPage is a batch on its way. State is Waiting, Running, Pausing, Paused,
// Asking, Failed or Stopped.
type WatchPage struct {
	Page
	Batch    BatchRow
	Who, For string
	Live     Live
	Budget   string // agreed, "¥12.34"
	Price    string // of a call: goes into each form that lets it go on
	Question string // of Asking
	Message  string // of Failed or Stopped: what happened and what to do
	Code     bool   // and that is about the AppCode
	Partial  bool   // there is a sheet of what is known so far
	Short    string // what the budget lacks for all rows, as a form holds it; empty: nothing
}

// Live is what an event carries, as JSON.
type Live struct {
	State   State            `json:"state"`
	Rows    int64            `json:"rows"`  // dealt with
	Total   int64            `json:"total"` // of the list
	Calls   int64            `json:"calls"` // made since the batch was started, over all its runs
	ToAsk   int64            `json:"toAsk"` // calls that a whole batch needs
	Flying  int64            `json:"flying"`
	Status  map[string]int64 `json:"status"`            // rows of this run by status: match, mismatch, no_record, invalid, rejected, unusable, in_doubt, pending
	Rate    float64          `json:"rate"`              // calls a second, lately
	Left    int64            `json:"left"`              // seconds to the end; negative: unknown
	Cost    string           `json:"cost"`              // of the calls so far, at most
	Full    bool             `json:"full,omitempty"`    // the run has ended, and the disk does not take its record
	Waiting string           `json:"waiting,omitempty"` // why calls are being tried again
	Chart   []Point          `json:"chart,omitempty"`   // only in the first event
}

// Point is the pace at a moment.
type Point struct {
	At   int64   `json:"t"` // Unix seconds
	Rate float64 `json:"r"` // calls a second
}

// ResultPage is a finished or stopped batch.
type ResultPage struct {
	Page
	Batch    BatchRow
	Who, For string
	Started  time.Time
	Ended    time.Time
	Message  string // what the end means and what to do next; empty: all is well
	Groups   []StatusGroup
	Filter   string // status shown; empty: all
	Rows     []ResultRow
	From     int // of the rows shown, from 0
	Next     int // From of the next page; 0: there is none
	Calls    int64
	Cost     string // at most
	Saved    string // what was not paid for: known people and duplicates
	ToFix    int64  // rows that somebody has to look at
	GoesOn   bool   // rows were left: it can be continued
	InDoubt  int64
	Looked   bool   // calls in doubt were looked up, and what is shown is from before
	Short    string // as in WatchPage
	Price    string // as in WatchPage
}

// StatusGroup is how many rows have a status.
type StatusGroup struct {
	Status string // as in Live.Status
	Label  string
	Rows   int64
}

// ResultRow is a row of the sheet that came back, masked.
type ResultRow struct {
	Line                 int
	Name, Mobile, IDCard string
	Status, Label        string
	Desc, Channel        string
	Source, At, Note     string
}

// DoubtsPage lists calls in doubt, to record what was found of them.
type DoubtsPage struct {
	Page
	Batch   BatchRow
	Calls   []Doubt
	More    int    // that are not shown
	Price   string // of a call
	Problem string
}

// DeletePage asks before a batch goes.
type DeletePage struct {
	Page
	Batch BatchRow
}

// SettingsPage is where the AppCode is entered.
type SettingsPage struct {
	Page
	Stored  bool   // an AppCode is kept in the data folder
	Fixed   bool   // they do, and an AppCode that is entered here would not be used
	Outside bool   // credentials come from the environment or the command line
	Data    string // the data folder
	Saved   bool   // just now
	Problem string
}

// ErrorPage says why there is nothing to see.
type ErrorPage struct {
	Page
	Status int    // HTTP
	Text   string // what happened and what to do
	Back   string // the batch that it was about
}
