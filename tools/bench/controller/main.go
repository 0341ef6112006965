// The yardstick of tools/bench/couplings.ts: a program of controller-runtime that makes the writes of a coupling and of
// its end, and keeps none of Plugboard's promises: it validates, renders, claims and records nothing.
package main

import (
	"context"
	"os"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

const (
	finalizer    = "bench.rock8s.com/finalizer"
	fieldManager = "bench"
	inFlight     = 20
	// About what a snapshot of such a coupling takes.
	snapshotBytes = 1500
)

func main() {
	ctrl.SetLogger(zap.New())
	config := ctrl.GetConfigOrDie()
	config.QPS = -1
	config.UserAgent = "bench-controller"
	scheme := runtime.NewScheme()
	must(clientgoscheme.AddToScheme(scheme))
	addToScheme(scheme)
	manager, err := ctrl.NewManager(config, ctrl.Options{
		Scheme:  scheme,
		Metrics: metricsserver.Options{BindAddress: "0"},
	})
	must(err)
	reconciler := &reconciler{
		Client:            manager.GetClient(),
		config:            config,
		snapshotNamespace: os.Getenv("SNAPSHOT_NAMESPACE"),
	}
	must(ctrl.NewControllerManagedBy(manager).
		For(&Plug{}).
		WithOptions(controller.Options{MaxConcurrentReconciles: inFlight}).
		Complete(reconciler))
	must(manager.Start(ctrl.SetupSignalHandler()))
}

func must(err error) {
	if err != nil {
		ctrl.Log.Error(err, "cannot run")
		os.Exit(1)
	}
}

type reconciler struct {
	client.Client
	config            *rest.Config
	snapshotNamespace string
	owners            sync.Map
}

func (r *reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	plug := &Plug{}
	if err := r.Get(ctx, request.NamespacedName, plug); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	claimed := controllerutil.ContainsFinalizer(plug, finalizer)
	switch {
	case plug.DeletionTimestamp != nil && claimed:
		return ctrl.Result{}, r.decouple(ctx, plug)
	case plug.DeletionTimestamp != nil:
		return ctrl.Result{}, nil
	case meta.IsStatusConditionTrue(plug.Status.Conditions, "Coupled"):
		return ctrl.Result{}, nil
	default:
		return ctrl.Result{}, r.couple(ctx, plug)
	}
}

func (r *reconciler) couple(ctx context.Context, plug *Plug) error {
	before := plug.DeepCopyObject().(*Plug)
	if controllerutil.AddFinalizer(plug, finalizer) {
		if err := r.Patch(ctx, plug, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})); err != nil {
			return err
		}
	}
	if err := r.Create(ctx, r.snapshot(plug)); client.IgnoreAlreadyExists(err) != nil {
		return err
	}
	if err := r.writeStatus(ctx, plug, metav1.ConditionFalse, "CouplingInProcess"); err != nil {
		return err
	}
	objects := objectsOf(plug)
	for _, object := range objects[:2] {
		if err := r.apply(ctx, plug, object); err != nil {
			return err
		}
	}
	if err := r.writeStatus(ctx, plug, metav1.ConditionFalse, "ResultInProcess"); err != nil {
		return err
	}
	if err := r.apply(ctx, plug, objects[2]); err != nil {
		return err
	}
	if err := r.writeStatus(ctx, plug, metav1.ConditionTrue, "CouplingSucceeded"); err != nil {
		return err
	}
	return r.Create(ctx, eventOf(plug, "Coupled"))
}

func (r *reconciler) decouple(ctx context.Context, plug *Plug) error {
	if err := r.writeStatus(ctx, plug, metav1.ConditionFalse, "DecouplingInProcess"); err != nil {
		// The cache still has it after its last finalizer was removed.
		return client.IgnoreNotFound(err)
	}
	for _, object := range objectsOf(plug) {
		owner, err := r.owner(object.GetNamespace())
		if err != nil {
			return err
		}
		if err := owner.Delete(ctx, object); client.IgnoreNotFound(err) != nil {
			return err
		}
	}
	if err := r.writeStatus(ctx, plug, metav1.ConditionFalse, "Decoupled"); err != nil {
		return err
	}
	finished := client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"labels":{"finished":"true"}}}`))
	if err := r.Patch(ctx, r.snapshot(plug), finished); client.IgnoreNotFound(err) != nil {
		return err
	}
	if err := r.Create(ctx, eventOf(plug, "Decoupled")); err != nil {
		return err
	}
	before := plug.DeepCopyObject().(*Plug)
	controllerutil.RemoveFinalizer(plug, finalizer)
	return client.IgnoreNotFound(r.Patch(ctx, plug, client.MergeFrom(before)))
}

func (r *reconciler) writeStatus(ctx context.Context, plug *Plug, status metav1.ConditionStatus, reason string) error {
	plug.Status.CoupledSocket = &CoupledSocket{
		APIVersion: groupVersion.String(), Kind: "Socket",
		Name: plug.Spec.Socket.Name, Namespace: plug.Spec.Socket.Namespace,
	}
	plug.Status.Refs = refsOf(plug)
	meta.SetStatusCondition(&plug.Status.Conditions, metav1.Condition{
		Type: "Coupled", Status: status, Reason: reason, ObservedGeneration: plug.Generation,
		Message: "Plug " + plug.Namespace + "/" + plug.Name + " and its socket.",
	})
	return r.Status().Update(ctx, plug)
}

func (r *reconciler) apply(ctx context.Context, plug *Plug, object *unstructured.Unstructured) error {
	owner, err := r.owner(object.GetNamespace())
	if err != nil {
		return err
	}
	configuration := client.ApplyConfigurationFromUnstructured(object)
	return owner.Apply(ctx, configuration, client.FieldOwner(fieldManager), client.ForceOwnership)
}

// owner acts as the service account "default" of a namespace.
func (r *reconciler) owner(namespace string) (client.Client, error) {
	if known, found := r.owners.Load(namespace); found {
		return known.(client.Client), nil
	}
	config := rest.CopyConfig(r.config)
	config.Impersonate.UserName = "system:serviceaccount:" + namespace + ":default"
	made, err := client.New(config, client.Options{Scheme: r.Scheme(), Mapper: r.RESTMapper()})
	if err != nil {
		return nil, err
	}
	known, _ := r.owners.LoadOrStore(namespace, made)
	return known.(client.Client), nil
}

func (r *reconciler) snapshot(plug *Plug) *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: r.snapshotNamespace, Name: "snapshot-" + string(plug.UID)},
		Data:       map[string][]byte{"snapshot": []byte(strings.Repeat("x", snapshotBytes))},
	}
}

// objectsOf are what the templates of the benchmark's plugs and sockets make.
func objectsOf(plug *Plug) []*unstructured.Unstructured {
	url := "db://db.example/" + plug.Spec.Config["database"]
	ofSocket := object("ConfigMap", plug.Spec.Socket.Namespace, plug.Name)
	ofSocket.Object["data"] = map[string]any{"database": plug.Spec.Config["database"]}
	ofPlug := object("ConfigMap", plug.Namespace, plug.Name)
	ofPlug.Object["data"] = map[string]any{"host": "db.example"}
	result := object("Secret", plug.Namespace, plug.Name)
	result.Object["stringData"] = map[string]any{"url": url}
	return []*unstructured.Unstructured{ofPlug, ofSocket, result}
}

func object(kind, namespace, name string) *unstructured.Unstructured {
	made := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": kind}}
	made.SetNamespace(namespace)
	made.SetName(name)
	made.SetLabels(map[string]string{"app.kubernetes.io/managed-by": fieldManager})
	return made
}

func refsOf(plug *Plug) []Ref {
	var refs []Ref
	for _, object := range objectsOf(plug) {
		refs = append(refs, Ref{
			Role: "applied", APIVersion: "v1", Kind: object.GetKind(),
			Namespace: object.GetNamespace(), Name: object.GetName(),
		})
	}
	return refs
}

func eventOf(plug *Plug, reason string) *corev1.Event {
	now := metav1.Now()
	return &corev1.Event{
		ObjectMeta: metav1.ObjectMeta{Namespace: plug.Namespace, GenerateName: plug.Name + "."},
		InvolvedObject: corev1.ObjectReference{
			APIVersion: groupVersion.String(), Kind: "Plug", Namespace: plug.Namespace, Name: plug.Name, UID: plug.UID,
		},
		Reason: reason, Type: corev1.EventTypeNormal, Message: "Plug " + plug.Name + ": " + reason + ".",
		Source: corev1.EventSource{Component: fieldManager}, FirstTimestamp: now, LastTimestamp: now, Count: 1,
	}
}
