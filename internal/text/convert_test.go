package text

import (
	"os/exec"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// chinese is Simplified text of news, with the words that conversions go wrong
// at: one character for several, words of Taiwan and of Hong Kong.
const chinese = `自然语言处理是人工智能领域中的一个重要方向。干部头发干燥，后天皇后发现面条发霉。
公司发布财报：鼠标和内存销量创新高。里程碑：某汽车公司与台湾厂商合作，头发护理品牌发展。
他们于2026年在台湾、香港及澳门发售软件，周围只有一只表，复杂的系统，征服，特征。
市长在会议上发表讲话，目前还不知道船什么时候离开港口。股价上涨，银行公布业绩。`

func TestChineseIsConvertedAsOpenCCDoes(t *testing.T) {
	if _, err := exec.LookPath("opencc"); err != nil {
		t.Skip("opencc is not installed; scripts/install-missing does it")
	}
	for _, c := range []struct{ config, to, from string }{
		{"s2t", "zh-Hant", chinese}, {"s2twp", "zh-TW", chinese}, {"s2hk", "zh-HK", chinese},
		{"t2s", "zh-Hans", Convert(chinese, "zh-Hant")},
	} {
		opencc := exec.Command("opencc", "-c", c.config)
		opencc.Stdin = strings.NewReader(c.from)
		want, err := opencc.Output()
		if err != nil {
			t.Fatal(err)
		}
		got := Convert(c.from, c.to)
		if strings.TrimSpace(got) == strings.TrimSpace(string(want)) {
			continue
		}
		g, w := []rune(got), []rune(string(want))
		differ := 0
		for i := range min(len(g), len(w)) {
			if g[i] != w[i] {
				differ++
			}
		}
		if differ > len(g)/200 { // Debian's dictionaries are older than ours
			t.Errorf("%s: %d of %d characters differ:\n%s\n%s", c.config, differ, len(g), got, want)
		}
	}
}

func TestConvertingKeepsWhatIsNotChinese(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`[ -~éüアカ한글กข]*`).Draw(t, "s")
		for _, to := range []string{"zh-Hans", "zh-Hant", "zh-TW", "zh-HK", "en", ""} {
			if got := Convert(s, to); got != s {
				t.Fatalf("to %s: %q became %q", to, s, got)
			}
		}
	})
}

func TestEitherWritingFoldsToTheSame(t *testing.T) {
	for _, r := range strings.Fields("发發髮 台臺 后後 里裡裏 面麵 干乾幹 卫衛衞 着著 于於") {
		first := han().fold([]rune(r)[0])
		for _, other := range r {
			if got := han().fold(other); got != first {
				t.Errorf("%c is found as %c, %c as %c", []rune(r)[0], first, other, got)
			}
		}
	}
	for r := rune(firstHan); r <= lastHan; r++ {
		if once := han().fold(r); han().fold(once) != once {
			t.Errorf("%c folds to %c, then to %c", r, once, han().fold(once))
		}
	}
}
