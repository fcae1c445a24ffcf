package pipeline

import (
	"fmt"
	"testing"
	"time"

	"mobile3batch/mobile3"
	"mobile3batch/person"
)

// A person in several rows is asked once a run, whatever comes of it: a free
// refusal of the first row's call must not let the next row ask, and all their
// rows show one status.
func TestRefusedPersonIsAskedForOneRowOnly(t *testing.T) {
	befores := map[string]mobile3.Outcome{"in doubt": doubt, "unusable": garbage, "answered long ago": match}
	refusals := map[string]mobile3.Outcome{
		"a code":     rejected,
		"parameters": parameter,
		"another":    {Class: mobile3.Rejected, GatewayCode: "http-413"},
	}
	for before, first := range befores {
		for refused, refusal := range refusals {
			for _, workers := range []int{1, 8} {
				t.Run(fmt.Sprintf("%s, then %s, %d workers", before, refused, workers), func(t *testing.T) {
					// The rows of person 0 are far enough apart that the first call is over.
					rows := people(40)
					rows = append(rows, row(60, 0), row(61, 1), row(62, 0))
					b := newBench(t, rows)
					b.job.Workers, b.job.Window = workers, 1
					known := row(2, 0).Cells[1].Text
					b.service.answer = func(_ int, p person.Person) mobile3.Outcome {
						if p.Mobile == known {
							return first
						}
						return match
					}
					b.mustRun()

					asked := 0
					b.job.Policy = Policy{Resend: true}
					if before == "answered long ago" {
						b.job.Policy = Policy{FreshSince: time.Now()}
					}
					b.service.answer = func(_ int, p person.Person) mobile3.Outcome {
						if p.Mobile != known {
							return match
						}
						if asked++; asked == 1 {
							return refusal
						}
						return match
					}
					b.mustRun()
					is(t, "calls about the person", asked, 1)
					is(t, "how often charged", b.service.bill[known], 1) // in the first run
					var statuses []Status
					for _, r := range b.sheet.results {
						if r.Row.Cells[1].Text == known {
							statuses = append(statuses, r.Status)
						}
					}
					is(t, "rows of the person", len(statuses), 3)
					for _, s := range statuses {
						is(t, "status of a row", s, statuses[0])
					}
				})
			}
		}
	}
}
