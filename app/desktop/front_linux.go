//go:build (desktop || dev) && !bindings

package desktop

/*
#cgo linux pkg-config: gtk+-3.0 x11
#cgo !webkit2_41 pkg-config: webkit2gtk-4.0
#cgo webkit2_41 pkg-config: webkit2gtk-4.1

#include <gtk/gtk.h>
#include <gdk/gdkx.h>
#include <webkit2/webkit2.h>

static void look_for_view(GtkWidget *widget, gpointer found) {
    if (WEBKIT_IS_WEB_VIEW(widget)) {
        *(gboolean *)found = TRUE;
    } else if (GTK_IS_CONTAINER(widget)) {
        gtk_container_forall(GTK_CONTAINER(widget), look_for_view, found);
    }
}

// page_window is the window with the page in it, not a dialog of it.
static GtkWindow *page_window(void) {
    GtkWindow *result = NULL;
    GList *windows = gtk_window_list_toplevels();
    for (GList *w = windows; w != NULL && result == NULL; w = w->next) {
        gboolean found = FALSE;
        look_for_view(GTK_WIDGET(w->data), &found);
        if (found) {
            result = GTK_WINDOW(w->data);
        }
    }
    g_list_free(windows);
    return result;
}

#ifdef GDK_WINDOWING_X11
// has_focus asks the X server whether the keyboard belongs to a window or to one
// inside it: GTK takes a window for inactive while another client grabs a key.
static gboolean has_focus(GdkWindow *shown) {
    GdkDisplay *display = gdk_window_get_display(shown);
    Display *server = GDK_DISPLAY_XDISPLAY(display);
    Window own = GDK_WINDOW_XID(shown), at = None, root = None;
    int revert = 0;
    gboolean found = FALSE;
    gdk_x11_display_error_trap_push(display);
    XGetInputFocus(server, &at, &revert);
    while (at > PointerRoot && at != root && !found) {
        Window parent = None, *children = NULL;
        unsigned int count = 0;
        found = at == own;
        if (!XQueryTree(server, at, &root, &parent, &children, &count)) {
            break;
        }
        if (children != NULL) {
            XFree(children);
        }
        at = parent;
    }
    gdk_x11_display_error_trap_pop_ignored(display);
    return found;
}
#endif

static gboolean is_active(GtkWindow *window, GdkWindow *shown) {
#ifdef GDK_WINDOWING_X11
    if (GDK_IS_X11_WINDOW(shown)) {
        return has_focus(shown);
    }
#endif
    return gtk_window_is_active(window);
}

static gboolean answer_in_front(gpointer data) {
    GAsyncQueue *answers = data;
    GtkWindow *window = page_window();
    gboolean front = FALSE;
    if (window != NULL && gtk_widget_get_visible(GTK_WIDGET(window))) {
        GdkWindow *shown = gtk_widget_get_window(GTK_WIDGET(window));
        front = shown != NULL && is_active(window, shown) && (gdk_window_get_state(shown) & GDK_WINDOW_STATE_ICONIFIED) == 0;
    }
    g_async_queue_push(answers, GINT_TO_POINTER(front ? 2 : 1));
    g_async_queue_unref(answers);
    return G_SOURCE_REMOVE;
}

// in_front asks on the thread of the window; a thread that does not answer says no.
static int in_front(void) {
    GAsyncQueue *answers = g_async_queue_new();
    g_async_queue_ref(answers);
    g_idle_add(answer_in_front, answers);
    gpointer answer = g_async_queue_timeout_pop(answers, 10 * G_USEC_PER_SEC);
    g_async_queue_unref(answers);
    return GPOINTER_TO_INT(answer) == 2;
}

static gboolean present_now(gpointer data) {
    GtkWindow *window = page_window();
    if (window == NULL) {
        return G_SOURCE_REMOVE;
    }
    guint32 time = GDK_CURRENT_TIME;
    GdkWindow *shown = gtk_widget_get_window(GTK_WIDGET(window));
#ifdef GDK_WINDOWING_X11
    if (shown != NULL && GDK_IS_X11_WINDOW(shown)) {
        time = gdk_x11_get_server_time(shown);
    }
#endif
    gtk_window_present_with_time(window, time);
    return G_SOURCE_REMOVE;
}

static void present_soon(void) { g_idle_add(present_now, NULL); }
*/
import "C"

// inFront reports whether the window has the keyboard.
func inFront() bool { return C.in_front() != 0 }

// present brings the window to the front. Window managers keep back a window
// that seems to come by itself; one that was called says when.
func present() { C.present_soon() }
