package document

import "testing"

func TestEveryItemOfEveryFormatBecomesARelease(t *testing.T) {
	sets, _, err := Sets(3, "/nowhere")
	if err != nil {
		t.Fatal(err)
	}
	come := 0
	for _, s := range sets {
		if len(s.Documents) != len(s.Items) || s.Count() < len(s.Documents) || s.Size() < 1000 {
			t.Errorf("%s: %d documents of %d lists, %d items, %d bytes", s.Name, len(s.Documents), len(s.Items), s.Count(), s.Size())
		}
		for i := range s.Documents {
			if s.Leaves {
				if data, err := s.Write(i); err != nil || len(data) == 0 {
					t.Errorf("%s: document %d: %d bytes, %v", s.Name, i+1, len(data), err)
				}
			}
			if s.Comes() {
				come++
				if n, err := s.Read(i); err != nil || n != len(s.Items[i]) {
					t.Errorf("%s: document %d: %d releases of %d items, %v", s.Name, i+1, n, len(s.Items[i]), err)
				}
			}
		}
	}
	if come < 200 {
		t.Errorf("only %d documents come in", come)
	}
}
