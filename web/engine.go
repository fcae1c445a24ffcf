package web

import (
	"context"
	"time"
)

// Engine is the program behind the page.
type Engine interface {
	// Ready reports whether calls can be made: there are credentials.
	Ready() bool
	// Check reads a list and prices it; it spends nothing. An error is a *Refusal
	// where the list is to blame, or ctx's.
	Check(context.Context, Job) (Check, error)
	// Run asks about everybody who is left, and makes at most job.MaxCalls calls.
	// It tells, once it knows how much there is to do, how to look at its numbers.
	// When ctx ends no call is begun any more, and Run returns when those under way
	// are answered. It may be called again at any time: nobody is paid for twice.
	// Every call is recorded as one of job.Batch before it is made.
	Run(ctx context.Context, job Job, tell func(func() Progress)) Outcome
	// Recorded says what is recorded of a batch's calls. It is asked for each batch of
	// a screen.
	Recorded(batch string) (Recorded, error)
	// Preview returns rows of the sheet that came back, masked, and whether more follow.
	Preview(ctx context.Context, job Job, status string, from, n int) (rows []ResultRow, more bool, err error)
	// Doubts returns the first calls in doubt about people of the list, and how many
	// more there are. An error is a *Refusal or ctx's.
	Doubts(ctx context.Context, job Job, most int) (calls []Doubt, more int, err error)
	// Resolve records what somebody found of calls in doubt, of all or, with a
	// *Refusal, of none. No run may be at work meanwhile.
	Resolve([]Finding) error
}

// Doubt is a call that went out and was not answered.
type Doubt struct {
	SampleRow
	Call string // its name
	Sent string // when, as the service's usage log would show it
}

// Finding is what somebody read of a call in the service's usage log.
type Finding struct {
	Call   string
	Billed bool
}

// Recorded is what the checkpoint holds of a batch.
type Recorded struct {
	Calls  int64     // begun in runs of the batch, and not certainly free: in doubt counts, found unbilled does not
	Loss   string    // what the checkpoint is known to have lost, another text after each further loss; empty: nothing
	Forgot time.Time // when people were last forgotten; zero: never
}

// Job is one batch as the program sees it.
type Job struct {
	Batch   string            // its ID, which no other batch ever has
	Input   string            // path of the list
	Folder  string            // where results go: workbook, todo, csv
	Columns map[string]string // field to column letter; empty: found by the program
	Header  string            // row number of the header, "0": there is none; empty: found by the program

	// Of a run only.
	Who      string // started it
	Purpose  string
	Before   int64 // calls of the agreed ones that are gone
	MaxCalls int64
	Rate     float64
	State    string   // of the checkpoint when somebody agreed to Resend; see Check
	Resend   int64    // so many people in doubt are sent again, as somebody agreed; 0: none
	Agreed   []string // questions that somebody has answered with yes
}

// Names of the files in Job.Folder.
const (
	Workbook = "result.xlsx"
	Todo     = "todo.xlsx"
	CSV      = "result.csv"
)

// Words is a text in both languages.
type Words struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

func (w Words) in(lang string) string {
	if lang == "en" {
		return w.EN
	}
	return w.ZH
}

// Refusal says why a list can't be used, and what to do.
type Refusal struct {
	Words
	Ours   bool         // not the list is to blame, and it can be read again later
	Header []ColumnName // of the row that looks like one, to choose from; nil: there is none
}

func (r *Refusal) Error() string { return r.EN }

// Check is what the first reading found.
type Check struct {
	Found   []Words           `json:"found"`
	Notes   []Words           `json:"notes"`
	Header  []ColumnName      `json:"header"`
	Columns map[string]string `json:"columns"` // field to letter, as taken
	Sample  []SampleRow       `json:"sample"`
	Counts  Counts            `json:"counts"`
	State   string            `json:"state"`   // of the checkpoint: another one after each run
	Unclear int64             `json:"unclear"` // people who may be sent again, if somebody agrees
	Faults  []FaultWords      `json:"faults"`
	More    int64             `json:"more"`
}

// FaultWords is a Fault in both languages.
type FaultWords struct {
	Line   int    `json:"line"`
	Column string `json:"column"`
	Text   Words  `json:"text"`
	Asked  bool   `json:"asked"`
}

// Progress is a run at a moment.
type Progress struct {
	Rows    int64 // dealt with
	Calls   int64 // made, the free ones too
	Done    int64 // people asked about to an end
	ToAsk   int64 // people that this run is going to ask about
	Spent   int64 // calls of this run that are recorded and not certainly free
	Flying  int64 // calls under way
	Status  map[string]int64
	Waiting string // why calls are being tried again; empty while the service answers
}

// Outcome is how a run ended.
type Outcome struct {
	State    State // Finished, Paused (ctx ended), Failed or Asking
	Message  Words
	Question Words  // of Asking
	Ask      string // the question as the program will put it again; see Job.Agreed
	Calls    int64
	Spent    int64 // of these, may have been charged
	Status   map[string]int64
	Sheet    bool // the results are there
	Unbegun  bool // it failed before it was begun
	Code     bool // it failed for want of an AppCode that the service takes
}

// told: the run's counts are whole. One that broke off may have made calls that it
// could not count.
func (o Outcome) told() bool { return o.State != Failed || o.Sheet || o.Unbegun }

// idle: the run ended before it asked about anybody.
func (o Outcome) idle() bool { return o.Unbegun || o.State != Failed && o.Calls == 0 && !o.Sheet }
