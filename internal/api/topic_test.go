package api_test

import (
	"fmt"
	"net/http"
	"testing"
)

func TestTopicsAreFoundByNameAndFromTheTop(t *testing.T) {
	f := open(t)
	for path, want := range map[string]string{
		"/v1/topics?q=earthquake":                  "[20000153 earthquake official 03000000 20000148 20000151]",
		"/v1/topics?q=%E5%9C%B0%E9%9C%87&lang=en":  "[20000153 earthquake official 03000000 20000148 20000151]", // 地震
		"/v1/topics?under=medtop:20000151&lang=ja": "[20000153 earthquake english 03000000 20000148 20000151]",
		"/v1/topics?lang=ja":                       "[03000000 災害・事故・緊急事態 ours]",
		"/v1/topics?lang=zh-Hant":                  "[03000000 災難、事故和突發事件 derived]",
	} {
		status, got := f.call("GET", path, "", nil)
		topics, _ := got["topics"].([]any)
		found := ""
		for _, topic := range topics {
			v := topic.(map[string]any)
			line := fmt.Sprint(v["code"], " ", v["name"], " ", v["wording"])
			for _, above := range v["above"].([]any) {
				line += " " + above.(map[string]any)["code"].(string)
			}
			if line = "[" + line + "]"; line == want || found == "" {
				found = line
			}
		}
		if status != http.StatusOK || found != want {
			t.Errorf("%s: %d %s", path, status, found)
		}
	}
	if _, got := f.call("GET", "/v1/topics", "", nil); len(got["topics"].([]any)) != 17 {
		t.Errorf("roots: %v", got)
	}
	if status, _ := f.call("GET", "/v1/topics?under=12345678", "", nil); status != http.StatusNotFound {
		t.Errorf("no topic: %d", status)
	}
}
