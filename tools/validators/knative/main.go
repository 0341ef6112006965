// Command knative validates manifests of Knative's kinds as Knative's webhooks do: it sets defaults, then validates.
//
// It reads objects as JSON, one in each line, and answers each with a line: ok, or the error.
// Its arguments are features to set in addition to Knative's defaults, such as authentication-oidc=enabled.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"

	eventingv1 "knative.dev/eventing/pkg/apis/eventing/v1"
	eventingv1alpha1 "knative.dev/eventing/pkg/apis/eventing/v1alpha1"
	eventingv1beta2 "knative.dev/eventing/pkg/apis/eventing/v1beta2"
	eventingv1beta3 "knative.dev/eventing/pkg/apis/eventing/v1beta3"
	"knative.dev/eventing/pkg/apis/feature"
	flowsv1 "knative.dev/eventing/pkg/apis/flows/v1"
	sourcesv1 "knative.dev/eventing/pkg/apis/sources/v1"
	"knative.dev/pkg/apis"
	servingv1 "knative.dev/serving/pkg/apis/serving/v1"
)

type judged interface {
	apis.Defaultable
	apis.Validatable
}

var kinds = map[string]func() judged{
	"serving.knative.dev/v1 Service":               func() judged { return &servingv1.Service{} },
	"eventing.knative.dev/v1 Broker":               func() judged { return &eventingv1.Broker{} },
	"eventing.knative.dev/v1 Trigger":              func() judged { return &eventingv1.Trigger{} },
	"eventing.knative.dev/v1beta3 EventType":       func() judged { return &eventingv1beta3.EventType{} },
	"eventing.knative.dev/v1alpha1 EventPolicy":    func() judged { return &eventingv1alpha1.EventPolicy{} },
	"sources.knative.dev/v1 SinkBinding":           func() judged { return &sourcesv1.SinkBinding{} },
	"eventing.knative.dev/v1alpha1 EventTransform": func() judged { return &eventingv1alpha1.EventTransform{} },
	"flows.knative.dev/v1 Sequence":                func() judged { return &flowsv1.Sequence{} },
	"sources.knative.dev/v1 ApiServerSource":       func() judged { return &sourcesv1.ApiServerSource{} },
}

func main() {
	features, err := featuresOf(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	ctx := feature.ToContext(apis.WithinCreate(context.Background()), features)
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		fmt.Println(strings.ReplaceAll(judge(ctx, lines.Bytes()), "\n", " "))
	}
}

func featuresOf(arguments []string) (feature.Flags, error) {
	data := map[string]string{}
	for _, argument := range arguments {
		name, value, found := strings.Cut(argument, "=")
		if !found {
			return nil, fmt.Errorf("%s: expected FEATURE=STATE", argument)
		}
		data[name] = value
	}
	return feature.NewFlagsConfigFromMap(data)
}

// judge answers "ok", or what is wrong with the object of one line of JSON.
func judge(ctx context.Context, text []byte) string {
	var head struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return err.Error()
	}
	kind, known := kinds[head.APIVersion+" "+head.Kind]
	if !known {
		return "no kind of Knative's: " + head.APIVersion + " " + head.Kind
	}
	object := kind()
	if err := json.Unmarshal(text, object); err != nil {
		return err.Error()
	}
	object.SetDefaults(ctx)
	if err := object.Validate(ctx); err != nil {
		return err.Error()
	}
	if eventType, ok := object.(*eventingv1beta3.EventType); ok {
		return judgeStored(ctx, eventType)
	}
	return "ok"
}

// judgeStored answers "ok" if an EventType keeps all its fields when Knative stores it.
// Knative stores EventTypes in an older version.
func judgeStored(ctx context.Context, given *eventingv1beta3.EventType) string {
	var stored eventingv1beta2.EventType
	if err := stored.ConvertFrom(ctx, given); err != nil {
		return err.Error()
	}
	var back eventingv1beta3.EventType
	if err := stored.ConvertTo(ctx, &back); err != nil {
		return err.Error()
	}
	if !reflect.DeepEqual(given.Spec, back.Spec) {
		return fmt.Sprintf("it comes back from storage as %+v, not as %+v", back.Spec.Attributes, given.Spec.Attributes)
	}
	return "ok"
}
